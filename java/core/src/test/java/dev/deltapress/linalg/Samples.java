package dev.deltapress.linalg;

import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.NormOps_DDRM;
import org.ejml.dense.row.RandomMatrices_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;

/** Seeded matrices, and EJML in fp64 as the oracle for them. */
final class Samples {

    /** Unit roundoff of fp32. */
    static final double U = 0x1p-24;

    private Samples() {}

    static double[] doubles(int n, long seed) {
        return new Random(seed).doubles(n, -1, 1).toArray();
    }

    static Matrix gaussian(int rows, int columns, long seed) {
        Random random = new Random(seed);
        return of(rows, columns, (i, j) -> random.nextGaussian());
    }

    interface Entry {
        double at(int row, int column);
    }

    static Matrix of(int rows, int columns, Entry entry) {
        Matrix m = Matrix.allocate(Arena.ofAuto(), rows, columns);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                m.set(i, j, (float) entry.at(i, j));
            }
        }
        return m;
    }

    static Matrix of(DMatrixRMaj m) {
        return of(m.numRows, m.numCols, m::get);
    }

    /** A matrix with these singular values (as far as fp32 entries allow). */
    static Matrix withSpectrum(int rows, int columns, double[] s, long seed) {
        return of(product(rows, columns, s, seed));
    }

    /**
     * What a fine-tuning delta looks like: power-law spikes, s_k = 2 k^-0.7 times the edge of a
     * Gaussian bulk.
     */
    static Matrix delta(int rows, int columns, long seed) {
        double edge = Math.sqrt(rows) + Math.sqrt(columns);
        double[] spikes = new double[Math.min(rows, columns) / 3];
        for (int k = 0; k < spikes.length; k++) {
            spikes[k] = 2 * edge * Math.pow(k + 1, -0.7);
        }
        DMatrixRMaj sum = product(rows, columns, spikes, seed);
        Random random = new Random(seed + 1);
        return of(rows, columns, (i, j) -> 1e-3 * (sum.get(i, j) + random.nextGaussian()));
    }

    private static DMatrixRMaj product(int rows, int columns, double[] s, long seed) {
        Random random = new Random(seed);
        DMatrixRMaj u = RandomMatrices_DDRM.orthogonal(rows, s.length, random);
        DMatrixRMaj v = RandomMatrices_DDRM.orthogonal(columns, s.length, random);
        CommonOps_DDRM.multCols(u, s);
        DMatrixRMaj a = new DMatrixRMaj(rows, columns);
        CommonOps_DDRM.multTransB(u, v, a);
        return a;
    }

    static DMatrixRMaj wide(Matrix m) {
        DMatrixRMaj wide = new DMatrixRMaj(m.rows(), m.columns());
        for (int i = 0; i < m.rows(); i++) {
            for (int j = 0; j < m.columns(); j++) {
                wide.set(i, j, m.get(i, j));
            }
        }
        return wide;
    }

    /** The oracle: singular values in fp64, descending. */
    static double[] singularValues(Matrix a) {
        if (a.rows() == 0 || a.columns() == 0) {
            return new double[0];
        }
        var svd = DecompositionFactory_DDRM.svd(a.rows(), a.columns(), false, false, true);
        if (!svd.decompose(wide(a))) {
            throw new AssertionError("the oracle gave up");
        }
        return Arrays.stream(svd.getSingularValues(), 0, Math.min(a.rows(), a.columns()))
                .map(value -> -value)
                .sorted()
                .map(negated -> -negated)
                .toArray();
    }

    /** The largest element of Q Qᵀ - I, where q holds vectors as rows. */
    static double deviationFromOrthonormal(Matrix q) {
        double largest = 0;
        DMatrixRMaj wide = wide(q);
        DMatrixRMaj gram = new DMatrixRMaj(q.rows(), q.rows());
        CommonOps_DDRM.multTransB(wide, wide, gram);
        for (int i = 0; i < q.rows(); i++) {
            for (int j = 0; j < q.rows(); j++) {
                double difference = Math.abs(gram.get(i, j) - (i == j ? 1 : 0));
                largest = difference <= largest ? largest : difference; // NaN passes through
            }
        }
        return largest;
    }

    /** ‖A - U S Vᵀ‖ in fp64. */
    static double errorNorm(Matrix a, Svd svd) {
        double[] s = new double[svd.rank()];
        for (int c = 0; c < s.length; c++) {
            s[c] = svd.s()[c];
        }
        DMatrixRMaj us = Samples.wide(svd.ut());
        CommonOps_DDRM.multRows(s, us);
        DMatrixRMaj error = Samples.wide(a);
        CommonOps_DDRM.multAddTransA(-1, us, Samples.wide(svd.vt()), error);
        return error.getNumElements() == 0 ? 0 : NormOps_DDRM.normF(error);
    }

    static float[] floats(Matrix m) {
        return m.data().toArray(Matrix.LAYOUT);
    }
}
