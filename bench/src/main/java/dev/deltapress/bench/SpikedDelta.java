package dev.deltapress.bench;

import dev.deltapress.linalg.Kernels;
import dev.deltapress.linalg.Matrix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A matrix with the spectrum of a fine-tuning delta, row by row: power-law spikes over a Gaussian
 * bulk, D = U diag(s) V' + bulk G.
 *
 * <p>G is m x n of standard normal numbers, so that its largest singular value is sqrt(m) +
 * sqrt(n), the edge; s_k = 2 bulk edge k^-0.7 for k = 1, 2, ...; U is m x spikes and V is n x
 * spikes, of normal numbers over the root of their length: vectors of norm 1 and nearly orthogonal.
 *
 * <p>For one thread; holds V' and a block of rows.
 */
public final class SpikedDelta implements AutoCloseable {
    private static final double STRENGTH = 2;
    private static final double DECAY = -0.7;

    private final Arena arena = Arena.ofConfined();
    private final Kernels kernels = Kernels.best();
    private final long seed;
    private final String name;
    private final int rows;
    private final int columns;
    private final double bulk;
    private final float[] columnScales;
    private final Matrix vt;

    /**
     * @param seed and name make the numbers
     * @param bulk standard deviation of the bulk's elements
     */
    public SpikedDelta(long seed, String name, int rows, int columns, double bulk, int spikes) {
        this.seed = seed;
        this.name = name;
        this.rows = rows;
        this.columns = columns;
        this.bulk = bulk;
        this.columnScales = new float[spikes];
        double edge = bulk * (Math.sqrt(rows) + Math.sqrt(columns));
        for (int k = 0; k < spikes; k++) {
            double s = STRENGTH * edge * Math.pow(k + 1, DECAY);
            columnScales[k] = (float) (s / Math.sqrt(rows));
        }
        this.vt = Matrix.allocate(arena, spikes, columns);
        float[] row = new float[columns];
        for (int k = 0; k < spikes; k++) {
            fill("v", (long) k * columns, 1 / Math.sqrt(columns), row, columns);
            MemorySegment.copy(row, 0, vt.data(), Matrix.LAYOUT, vt.offset(k, 0), columns);
        }
    }

    /**
     * Rows {@code from} to {@code from + count - 1}.
     *
     * @param out receives count * columns elements
     */
    public void rows(int from, int count, float[] out) {
        if (from < 0 || count < 0 || from > rows - count) {
            throw new IndexOutOfBoundsException(count + " of " + rows + " rows from " + from);
        }
        float[] spiked = new float[count * columns];
        try (Arena scratch = Arena.ofConfined()) {
            Matrix product = Matrix.allocate(scratch, count, columns);
            kernels.multiply(scaledU(scratch, from, count), false, vt, false, product);
            MemorySegment.copy(product.data(), Matrix.LAYOUT, 0, spiked, 0, spiked.length);
        }
        fill("bulk", (long) from * columns, bulk, out, spiked.length);
        for (int i = 0; i < spiked.length; i++) {
            out[i] += spiked[i];
        }
    }

    /** Rows of U diag(s). */
    private Matrix scaledU(Arena scratch, int from, int count) {
        int spikes = columnScales.length;
        float[] u = new float[count * spikes];
        fill("u", (long) from * spikes, 1, u, u.length);
        for (int i = 0; i < u.length; i++) {
            u[i] *= columnScales[i % spikes];
        }
        return Matrix.copyOf(scratch, count, spikes, u);
    }

    private void fill(String part, long from, double factor, float[] out, int length) {
        CounterGaussian.fill(
                CounterGaussian.key(seed, name + "/" + part), from, factor, out, length);
    }

    @Override
    public void close() {
        arena.close();
    }
}
