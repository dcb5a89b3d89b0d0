package dev.deltapress.cuda.gpu;

import dev.deltapress.backend.MatrixView;
import dev.deltapress.bench.CounterGaussian;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Floats;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A matrix before and after tuning, in host memory: normal weights, and a delta of some spectrum
 * added and rounded, as {@code SyntheticPair} writes them.
 *
 * @param name makes its numbers
 */
record WeightPair(String name, MatrixView tuned, MatrixView base) {
    private static final int BLOCK_ROWS = 256;
    private static final int ALIGNMENT = 64;

    static WeightPair synthetic(
            Arena arena, String name, int rows, int columns, DType dtype, Spectrum spectrum) {
        WeightPair pair =
                new WeightPair(
                        name,
                        empty(arena, rows, columns, dtype),
                        empty(arena, rows, columns, dtype));
        spectrum.use(name, rows, columns, delta -> pair.fill(delta, spectrum.weight()));
        return pair;
    }

    /** A matrix of zeros. */
    static MatrixView empty(Arena arena, int rows, int columns, DType dtype) {
        long bytes = (long) rows * columns * (dtype.bits() / 8);
        return new MatrixView(arena.allocate(bytes, ALIGNMENT), dtype, rows, columns);
    }

    int rows() {
        return tuned.rows();
    }

    int columns() {
        return tuned.columns();
    }

    /** How many elements. */
    long elements() {
        return (long) rows() * columns();
    }

    private void fill(Spectrum.Rows delta, double deviation) {
        long key = CounterGaussian.key(0, name + "/base");
        int columns = columns();
        float[] weights = new float[Math.min(BLOCK_ROWS, rows()) * columns];
        float[] changes = new float[weights.length];
        for (int row = 0; row < rows(); row += BLOCK_ROWS) {
            int count = Math.min(BLOCK_ROWS, rows() - row);
            long first = (long) row * columns;
            CounterGaussian.fill(key, first, deviation, weights, count * columns);
            delta.write(row, count, changes);
            DType dtype = base.dtype();
            MemorySegment before = base.data();
            MemorySegment after = tuned.data();
            for (int i = 0; i < count * columns; i++) {
                Floats.set(before, dtype, first + i, weights[i]);
                float sum = Floats.get(before, dtype, first + i) + changes[i];
                Floats.set(after, dtype, first + i, sum);
            }
        }
    }
}
