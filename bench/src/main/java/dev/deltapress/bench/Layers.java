package dev.deltapress.bench;

import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.backend.MatrixView;
import dev.deltapress.backend.PackedMatrix;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.method.Method;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Floats;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** One matrix of a model, and its delta as a method packs it. */
final class Layers {
    private static final double DEVIATION = 0.02;

    private Layers() {}

    /** Gaussian weights. */
    static MatrixView base(Arena arena, DType dtype, int rows, int columns) {
        return gaussian(arena, dtype, rows, columns, "base", DEVIATION);
    }

    private static MatrixView gaussian(
            Arena arena, DType dtype, int rows, int columns, String name, double deviation) {
        long elements = (long) rows * columns;
        MemorySegment data = arena.allocate(elements * dtype.bits() / 8, 64);
        float[] row = new float[columns];
        for (int i = 0; i < rows; i++) {
            CounterGaussian.fill(CounterGaussian.key(i, name), 0, deviation, row, columns);
            for (int j = 0; j < columns; j++) {
                Floats.set(data, dtype, (long) i * columns + j, row[j]);
            }
        }
        return new MatrixView(data, dtype, rows, columns);
    }

    /** What a method makes of a delta that is a fiftieth of the base and has a few spikes. */
    static PackedMatrix packed(Arena arena, Session session, MatrixView base, Method method) {
        int rows = base.rows();
        int columns = base.columns();
        MatrixView tuned = gaussian(arena, DType.F32, rows, columns, "tuned", DEVIATION / 50);
        addSpikes(tuned);
        MatrixView zero =
                new MatrixView(arena.allocate(tuned.data().byteSize()), DType.F32, rows, columns);
        MaskKey key = new MaskKey(0, 1);
        long budget = (long) (2L * rows * columns / method.ratio());
        try (Delta delta = session.subtract(tuned, zero)) {
            MemorySegment block =
                    method.encode(session, List.of(delta), List.of(key), List.of(budget))
                            .getFirst();
            MemorySegment bytes = arena.allocate(block.byteSize(), 64).copyFrom(block);
            return new PackedMatrix(bytes, rows, columns, key, "benchmark");
        }
    }

    /** Outer products whose size falls as those of a fine-tune do. */
    private static void addSpikes(MatrixView delta) {
        int spikes = Math.min(delta.rows(), delta.columns()) / 16;
        double edge = DEVIATION / 50 * (Math.sqrt(delta.rows()) + Math.sqrt(delta.columns()));
        float[] u = new float[delta.rows()];
        float[] v = new float[delta.columns()];
        for (int k = 1; k <= spikes; k++) {
            CounterGaussian.fill(
                    CounterGaussian.key(k, "u"), 0, 1 / Math.sqrt(u.length), u, u.length);
            CounterGaussian.fill(
                    CounterGaussian.key(k, "v"), 0, 1 / Math.sqrt(v.length), v, v.length);
            double s = 2 * edge * Math.pow(k, -0.7);
            for (int i = 0; i < u.length; i++) {
                for (int j = 0; j < v.length; j++) {
                    long at = (long) i * v.length + j;
                    float sum = Floats.get(delta.data(), DType.F32, at) + (float) (s * u[i] * v[j]);
                    Floats.set(delta.data(), DType.F32, at, sum);
                }
            }
        }
    }
}
