package dev.deltapress.cuda.gpu;

import dev.deltapress.backend.MatrixView;
import dev.deltapress.backend.PackedMatrix;
import dev.deltapress.bench.CounterGaussian;
import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.linalg.Matrix;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Floats;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** A base of normal weights in host memory and the packed delta of normal factors. */
record Served(MatrixView base, PackedMatrix packed) {
    private static final MaskKey KEY = new MaskKey(3, 41);
    private static final double WEIGHT = 0.02;
    private static final int ALIGNMENT = 64;

    /**
     * @param rank at least 1
     * @param keep share of the entries of each component that survive
     */
    static Served random(Arena arena, DType dtype, int rows, int columns, int rank, double keep) {
        MatrixView base = WeightPair.empty(arena, rows, columns, dtype);
        float[] row = new float[columns];
        for (int i = 0; i < rows; i++) {
            CounterGaussian.fill(CounterGaussian.key(i, "base"), 0, WEIGHT, row, columns);
            for (int j = 0; j < columns; j++) {
                Floats.set(base.data(), dtype, (long) i * columns + j, row[j]);
            }
        }
        float[] s = new float[rank];
        for (int c = 0; c < rank; c++) {
            s[c] = 0.5f / (c + 1);
        }
        long[] thresholds = new long[rank];
        Arrays.fill(thresholds, (long) (MaskKey.KEEP_ALL * keep));
        FactorBlock block = new FactorBlock(rows, columns, 1, s, thresholds);
        MemorySegment bytes = arena.allocate(block.byteSize(KEY), ALIGNMENT);
        try (Arena scratch = Arena.ofShared()) {
            Matrix ut = factor(scratch, "u", rank, rows);
            block.pack(ut, factor(scratch, "v", rank, columns), KEY, bytes);
        }
        return new Served(base, new PackedMatrix(bytes, rows, columns, KEY, "'served'"));
    }

    private static Matrix factor(Arena arena, String name, int rank, int entries) {
        Matrix factor = Matrix.allocate(arena, rank, entries);
        float[] row = new float[entries];
        for (int c = 0; c < rank; c++) {
            CounterGaussian.fill(
                    CounterGaussian.key(c, name), 0, 1 / Math.sqrt(entries), row, entries);
            factor.setRow(c, row);
        }
        return factor;
    }
}
