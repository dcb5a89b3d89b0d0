package dev.deltapress.method;

import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.backend.CodedMatrix;
import dev.deltapress.backend.JavaBackend;
import dev.deltapress.backend.MatrixView;
import dev.deltapress.backend.PackedMatrix;
import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.FactorEntropy;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.linalg.Matrix;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Floats;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;

/** A delta and the block that a method made of it with plain Java. */
record Encoded(
        Method method, int rows, int columns, float[] delta, MaskKey key, MemorySegment block) {
    static final MaskKey KEY = new MaskKey(0, 1);

    static Encoded of(Method method, int rows, int columns, float[] delta, long budget) {
        return of(method, rows, columns, delta, KEY, budget);
    }

    private static Encoded of(
            Method method, int rows, int columns, float[] delta, MaskKey key, long budget) {
        try (JavaBackend backend = new JavaBackend();
                Session session = backend.open();
                Delta difference = difference(session, rows, columns, delta)) {
            MemorySegment block =
                    method.encode(session, List.of(difference), List.of(key), List.of(budget))
                            .getFirst();
            return new Encoded(method, rows, columns, delta, key, block);
        }
    }

    /** Of {@link #spiked} values, with what the ratio leaves without any headers. */
    static Encoded of(Method method, int rows, int columns) {
        return of(method, rows, columns, KEY);
    }

    static Encoded of(Method method, int rows, int columns, MaskKey key) {
        long budget = (long) (2.0 * rows * columns / method.ratio());
        return of(method, rows, columns, spiked(rows, columns), key, budget);
    }

    FactorBlock header() {
        return FactorBlock.readHeader(block, rows, columns, "w");
    }

    /** Bytes of the block in a file. */
    long bytesInFile() {
        return FactorEntropy.deflate(block, rows, columns, key, "w").byteSize();
    }

    /** Squared error over squared length of the delta, as the block decodes. */
    double relativeSquaredError() {
        try (JavaBackend backend = new JavaBackend();
                Session session = backend.open();
                Delta truth = difference(session, rows, columns, delta);
                Delta decoded =
                        new CodedMatrix(
                                        method.kind(),
                                        new PackedMatrix(block, rows, columns, key, "w"))
                                .decode(session)) {
            MatrixView tuned = view(rows, columns, delta);
            MatrixView base = view(rows, columns, new float[delta.length]);
            var errors = session.measure(truth, decoded, tuned, base).errors();
            return errors.error() / errors.delta();
        }
    }

    /** The delta that the block decodes to, by plain loops. */
    double[] decoded() {
        FactorBlock header = header();
        double[] product = new double[rows * columns];
        try (Arena arena = Arena.ofConfined()) {
            Matrix ut = Matrix.allocate(arena, header.rank(), rows);
            Matrix vt = Matrix.allocate(arena, header.rank(), columns);
            header.unpack(block, key, ut, vt, "w");
            for (int c = 0; c < header.rank(); c++) {
                for (int i = 0; i < product.length; i++) {
                    product[i] += (double) ut.get(c, i / columns) * vt.get(c, i % columns);
                }
            }
        }
        return product;
    }

    /** The true delta. */
    double[] truth() {
        double[] wide = new double[delta.length];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = delta[i];
        }
        return wide;
    }

    static double squaredDistance(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        }
        return sum;
    }

    private static Delta difference(Session session, int rows, int columns, float[] delta) {
        MatrixView tuned = view(rows, columns, delta);
        return session.subtract(tuned, view(rows, columns, new float[delta.length]));
    }

    private static MatrixView view(int rows, int columns, float[] values) {
        return new MatrixView(bytes(values), DType.F32, rows, columns);
    }

    private static MemorySegment bytes(float[] values) {
        MemorySegment bytes = MemorySegment.ofArray(new byte[4 * values.length]);
        MemorySegment.copy(values, 0, bytes, Floats.FLOAT32, 0, values.length);
        return bytes;
    }

    /** Power-law spikes over a Gaussian bulk, which is what deltas of fine-tuning look like. */
    static float[] spiked(int rows, int columns) {
        Random random = new Random(42);
        float[] delta = new float[rows * columns];
        for (int i = 0; i < delta.length; i++) {
            delta[i] = (float) random.nextGaussian() * 0.01f;
        }
        for (int spike = 1; spike <= 8; spike++) {
            double[] u = random.doubles(rows, -1, 1).toArray();
            double[] v = random.doubles(columns, -1, 1).toArray();
            for (int i = 0; i < delta.length; i++) {
                delta[i] +=
                        (float) (u[i / columns] * v[i % columns] * Math.pow(spike, -0.7) * 0.05);
            }
        }
        return delta;
    }
}
