package dev.deltapress.linalg;

import dev.deltapress.parallel.Team;

import jdk.incubator.vector.VectorSpecies;

/**
 * Inner products of rows in fp32 of {@link VectorKernels}. Both operands are read along their rows,
 * so that nothing is transposed: the rows of a are copied once, those of b chunk by chunk in groups
 * that the team shares.
 */
final class InnerProducts {

    static final VectorSpecies<Float> LANES = VectorKernels.SHAPE.withLanes(float.class);

    /** As many accumulators as registers allow: AVX-512 has 32, narrower sets may have 16. */
    private static final boolean MANY_REGISTERS = VectorKernels.SHAPE.vectorBitSize() == 512;

    private static final int TILE_ROWS = MANY_REGISTERS ? InnerTile6.ROWS : InnerTile3.ROWS;

    private static final int TILE_COLUMNS = 4;

    /** Rows of b per step; a chunk of them takes 256 kB of the L2 cache. */
    private static final int GROUP = 32;

    private static final int CHUNK = Kernels.INNER_CHUNK;

    private final Matrix a;
    private final Matrix b;

    private final int aStride;

    /** Whole tiles: what a lacks in rows and columns is zero. */
    private final float[] aRows;

    private InnerProducts(Matrix a, Matrix b) {
        this.a = a;
        this.b = b;
        this.aStride = Math.ceilDiv(a.columns(), Kernels.STRIPES_F32) * Kernels.STRIPES_F32;
        int rows = Math.ceilDiv(a.rows(), TILE_ROWS) * TILE_ROWS;
        this.aRows = new float[Math.multiplyExact(rows, aStride)];
    }

    interface Consumer {
        /** Takes element (i, j) of the result. */
        void accept(int i, int j, float value);
    }

    /** Gives every element (i, j) of A Bᵀ to the consumer, once, on any thread of the team. */
    static void forEach(Team team, Matrix a, Matrix b, Consumer consumer) {
        InnerProducts products = new InnerProducts(a, b);
        int steps = Math.ceilDiv(a.rows(), GROUP);
        team.forEach(steps, g -> products.copyA(g * GROUP, Math.min(a.rows(), (g + 1) * GROUP)));
        team.forEach(Math.ceilDiv(b.rows(), GROUP), g -> products.group(g * GROUP, consumer));
    }

    private void copyA(int from, int to) {
        for (int i = from; i < to; i++) {
            a.copyRow(i, 0, a.columns(), aRows, i * aStride);
        }
    }

    private void group(int first, Consumer consumer) {
        int rows = Math.min(GROUP, b.rows() - first);
        float[] bRows = new float[GROUP * Math.min(CHUNK, aStride)];
        float[] stripes = new float[TILE_ROWS * TILE_COLUMNS * Kernels.STRIPES_F32];
        float[] sums = new float[Math.ceilDiv(a.rows(), TILE_ROWS) * TILE_ROWS * GROUP];
        for (int column = 0; column < a.columns(); column += CHUNK) {
            int columns = Math.min(CHUNK, a.columns() - column);
            int length = Math.ceilDiv(columns, Kernels.STRIPES_F32) * Kernels.STRIPES_F32;
            for (int j = 0; j < rows; j++) {
                b.copyRow(first + j, column, columns, bRows, j * length);
                for (int k = columns; k < length; k++) {
                    bRows[j * length + k] = 0;
                }
            }
            for (int i = 0; i < a.rows(); i += TILE_ROWS) {
                int tileRows = Math.min(TILE_ROWS, a.rows() - i);
                for (int j = 0; j < rows; j += TILE_COLUMNS) {
                    multiply(i * aStride + column, bRows, j * length, length, stripes);
                    addTile(tileRows, stripes, sums, i * GROUP + j);
                }
            }
        }
        for (int i = 0; i < a.rows(); i++) {
            for (int j = 0; j < rows; j++) {
                consumer.accept(i, first + j, sums[i * GROUP + j]);
            }
        }
    }

    private void multiply(int aFrom, float[] bRows, int bFrom, int length, float[] stripes) {
        if (MANY_REGISTERS) {
            InnerTile6.multiply(aRows, aFrom, aStride, bRows, bFrom, length, length, stripes);
        } else {
            InnerTile3.multiply(aRows, aFrom, aStride, bRows, bFrom, length, length, stripes);
        }
    }

    /** Where a has few rows, adding up their stripes takes longer than multiplying. */
    private static void addTile(int rows, float[] stripes, float[] sums, int at) {
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < TILE_COLUMNS; j++) {
                int from = (i * TILE_COLUMNS + j) * Kernels.STRIPES_F32;
                sums[at + i * GROUP + j] += Kernels.sumOf16(stripes, from);
            }
        }
    }
}
