package dev.deltapress.bench;

import dev.deltapress.linalg.Matrix;

import java.lang.foreign.Arena;

/** Matrices to time kernels with. */
final class RandomMatrix {

    private RandomMatrix() {}

    /** Normal numbers, other ones for each name. */
    static Matrix gaussian(Arena arena, int rows, int columns, String name) {
        float[] values = new float[rows * columns];
        CounterGaussian.fill(CounterGaussian.key(0, name), 0, 1, values, values.length);
        return Matrix.copyOf(arena, rows, columns, values);
    }

    /** What {@link SyntheticMatrix} writes with seed 0. */
    static Matrix delta(Arena arena, int rows, int columns) {
        float[] values = new float[rows * columns];
        try (SpikedDelta delta = SyntheticMatrix.delta(rows, columns, 0)) {
            delta.rows(0, rows, values);
        }
        return Matrix.copyOf(arena, rows, columns, values);
    }
}
