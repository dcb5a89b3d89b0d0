package dev.deltapress.linalg;

import java.util.Arrays;

/** The same in loops that C2 turns into vector instructions by itself. */
final class LoopSparseProduct implements SparseProduct {
    private final Matrix at;
    private final int columns;

    /** Rows of the blocks of B. */
    private final float[][][] blocks;

    LoopSparseProduct(Matrix at, Matrix b) {
        SparseProduct.requireFits(at, b);
        this.at = at;
        this.columns = b.columns();
        this.blocks = new float[Math.ceilDiv(columns, WIDTH)][b.rows()][];
        for (int block = 0; block < blocks.length; block++) {
            int width = SparseProduct.width(block, columns);
            for (int k = 0; k < b.rows(); k++) {
                blocks[block][k] = new float[width];
                b.copyRow(k, block * WIDTH, width, blocks[block][k], 0);
            }
        }
    }

    @Override
    public void multiply(int row, int rows, int block, float[] c) {
        NonZeros entries = new NonZeros(at, row, rows);
        float[] line = new float[SparseProduct.width(block, columns)];
        float[] factors = new float[at.rows()];
        float[][] wanted = new float[at.rows()][];
        for (int i = 0; i < rows; i++) {
            int count = entries.count(i);
            for (int k = 0; k < count; k++) {
                factors[k] = entries.value(entries.first(i) + k);
                wanted[k] = blocks[block][entries.row(entries.first(i) + k)];
            }
            Arrays.fill(line, 0);
            LoopKernels.addRows(line, factors, count, wanted);
            System.arraycopy(line, 0, c, i * line.length, line.length);
        }
    }
}
