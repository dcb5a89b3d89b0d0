package dev.deltapress.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.deltapress.backend.MatrixView;
import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Floats;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;

/** Matrices that the backend is tested with, and what its factors must be. */
final class CudaSamples {

    private CudaSamples() {}

    static MatrixView noise(int rows, int columns, DType dtype, long seed) {
        Random random = new Random(seed);
        MemorySegment data = Arena.ofAuto().allocate((long) rows * columns * (dtype.bits() / 8), 8);
        for (int i = 0; i < rows * columns; i++) {
            Floats.set(data, dtype, i, (float) random.nextGaussian());
        }
        return new MatrixView(data, dtype, rows, columns);
    }

    static MatrixView copy(MatrixView view) {
        MemorySegment data = Arena.ofAuto().allocate(view.data().byteSize(), 8);
        return new MatrixView(
                data.copyFrom(view.data()), view.dtype(), view.rows(), view.columns());
    }

    /** Base plus a bulk and spikes of falling size. */
    static MatrixView tuned(MatrixView base, long seed) {
        MatrixView tuned = copy(base);
        MatrixView bulk = noise(base.rows(), base.columns(), DType.F32, seed);
        for (int i = 0; i < base.rows() * base.columns(); i++) {
            float value = Floats.get(base.data(), base.dtype(), i);
            float more = 0.05f * Floats.get(bulk.data(), DType.F32, i);
            Floats.set(tuned.data(), tuned.dtype(), i, value + more);
        }
        for (int k = 0; k < 6; k++) {
            addRankOne(tuned, seed + 10 + k, 0.5 / (k + 1));
        }
        return tuned;
    }

    static void addRankOne(MatrixView matrix, long seed, double size) {
        Random random = new Random(seed);
        double[] u = random.doubles(matrix.rows(), -1, 1).toArray();
        double[] v = random.doubles(matrix.columns(), -1, 1).toArray();
        for (int i = 0; i < matrix.rows(); i++) {
            for (int j = 0; j < matrix.columns(); j++) {
                long at = (long) i * matrix.columns() + j;
                float value = Floats.get(matrix.data(), matrix.dtype(), at);
                Floats.set(matrix.data(), matrix.dtype(), at, (float) (value + size * u[i] * v[j]));
            }
        }
    }

    /** Singular values (i + 1)^-exponent, with the vectors of two cosine transforms. */
    static MatrixView withSpectrum(int rows, int columns, double exponent) {
        int side = Math.min(rows, columns);
        double[][] sums = new double[rows][columns];
        for (int k = 0; k < side; k++) {
            double[] u = cosines(rows, k);
            double[] v = cosines(columns, k);
            double s = Math.pow(k + 1, -exponent);
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < columns; j++) {
                    sums[i][j] += s * u[i] * v[j];
                }
            }
        }
        MatrixView matrix = noise(rows, columns, DType.F32, 0);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                Floats.set(matrix.data(), DType.F32, (long) i * columns + j, (float) sums[i][j]);
            }
        }
        return matrix;
    }

    /** A row of an orthonormal cosine transform. */
    private static double[] cosines(int n, int k) {
        double[] row = new double[n];
        for (int i = 0; i < n; i++) {
            row[i] = Math.sqrt((k == 0 ? 1.0 : 2.0) / n) * Math.cos(Math.PI * k * (i + 0.5) / n);
        }
        return row;
    }

    static double energy(float[] s) {
        double sum = 0;
        for (float value : s) {
            sum += (double) value * value;
        }
        return sum;
    }

    static void assertOrthonormal(CudaSession.CudaFactors factors) {
        for (DeviceMatrix vectors : new DeviceMatrix[] {factors.ut(), factors.vt()}) {
            float[] x = floats(vectors);
            int length = vectors.rows();
            for (int a = 0; a < vectors.columns(); a++) {
                for (int b = 0; b <= a; b++) {
                    double product = 0;
                    for (int i = 0; i < length; i++) {
                        product += (double) x[a * length + i] * x[b * length + i];
                    }
                    assertThat(product).isCloseTo(a == b ? 1 : 0, within(1e-6));
                }
            }
        }
    }

    /** The stand-ins' device memory is the process's own. */
    static float[] floats(DeviceMatrix matrix) {
        return matrix.data().reinterpret(matrix.byteSize()).toArray(ValueLayout.JAVA_FLOAT);
    }

    /** All components, all entries of every second one kept, half of the others. */
    static FactorBlock everything(int rows, int columns, float[] s) {
        long[] thresholds = new long[s.length];
        Arrays.fill(thresholds, MaskKey.KEEP_ALL);
        return new FactorBlock(rows, columns, 1, s, thresholds);
    }
}
