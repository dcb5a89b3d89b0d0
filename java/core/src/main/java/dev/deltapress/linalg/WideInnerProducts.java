package dev.deltapress.linalg;

import dev.deltapress.parallel.Team;

import jdk.incubator.vector.VectorSpecies;

/**
 * Inner products of fp32 rows in fp64 of {@link VectorKernels}. Both operands are read along their
 * rows, so that nothing is transposed: the rows of a are copied and widened once, those of b chunk
 * by chunk in groups that the team shares.
 */
final class WideInnerProducts {

    static final VectorSpecies<Double> LANES = VectorKernels.SHAPE.withLanes(double.class);

    /** As many accumulators as registers allow: AVX-512 has 32, narrower sets may have 16. */
    private static final boolean MANY_REGISTERS = VectorKernels.SHAPE.vectorBitSize() == 512;

    private static final int TILE_ROWS = MANY_REGISTERS ? WideInnerTile6.ROWS : WideInnerTile3.ROWS;

    private static final int TILE_COLUMNS = 4;

    /** Rows of b per step; a chunk of them takes 512 kB of the L2 cache. */
    private static final int GROUP = 32;

    private static final int CHUNK = Kernels.INNER_CHUNK;

    private final Matrix a;
    private final Matrix b;

    /** Whether a and b are the same, so that elements above the diagonal are not needed. */
    private final boolean symmetric;

    private final int aStride;

    /** Whole tiles: what a lacks in rows and columns is zero. */
    private final double[] aRows;

    private WideInnerProducts(Matrix a, Matrix b) {
        this.a = a;
        this.b = b;
        this.symmetric = a.equals(b);
        this.aStride = Math.ceilDiv(a.columns(), Kernels.STRIPES_F64) * Kernels.STRIPES_F64;
        int rows = Math.ceilDiv(a.rows(), TILE_ROWS) * TILE_ROWS;
        this.aRows = new double[Math.multiplyExact(rows, aStride)];
    }

    interface Consumer {
        /** Takes element (i, j) of the result. */
        void accept(int i, int j, double value);
    }

    /**
     * Gives every element (i, j) of A Bᵀ to the consumer, once, on any thread of the team; where a
     * is b only those with j at most i.
     */
    static void forEach(Team team, Matrix a, Matrix b, Consumer consumer) {
        WideInnerProducts products = new WideInnerProducts(a, b);
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
        double[] bRows = new double[GROUP * Math.min(CHUNK, aStride)];
        double[] stripes = new double[TILE_ROWS * TILE_COLUMNS * Kernels.STRIPES_F64];
        int firstTile = symmetric ? first / TILE_ROWS * TILE_ROWS : 0;
        double[] sums =
                new double[(Math.ceilDiv(a.rows(), TILE_ROWS) * TILE_ROWS - firstTile) * GROUP];
        for (int column = 0; column < a.columns(); column += CHUNK) {
            int columns = Math.min(CHUNK, a.columns() - column);
            int length = Math.ceilDiv(columns, Kernels.STRIPES_F64) * Kernels.STRIPES_F64;
            for (int j = 0; j < rows; j++) {
                b.copyRow(first + j, column, columns, bRows, j * length);
                for (int k = columns; k < length; k++) {
                    bRows[j * length + k] = 0;
                }
            }
            for (int i = firstTile; i < a.rows(); i += TILE_ROWS) {
                for (int j = 0; j < rows; j += TILE_COLUMNS) {
                    multiply(i * aStride + column, bRows, j * length, length, stripes);
                    addTile(stripes, sums, (i - firstTile) * GROUP + j);
                }
            }
        }
        for (int i = firstTile; i < a.rows(); i++) {
            int end = symmetric ? Math.min(rows, i - first + 1) : rows;
            for (int j = 0; j < end; j++) {
                consumer.accept(i, first + j, sums[(i - firstTile) * GROUP + j]);
            }
        }
    }

    private void multiply(int aFrom, double[] bRows, int bFrom, int length, double[] stripes) {
        if (MANY_REGISTERS) {
            WideInnerTile6.multiply(aRows, aFrom, aStride, bRows, bFrom, length, length, stripes);
        } else {
            WideInnerTile3.multiply(aRows, aFrom, aStride, bRows, bFrom, length, length, stripes);
        }
    }

    private static void addTile(double[] stripes, double[] sums, int at) {
        for (int i = 0; i < TILE_ROWS; i++) {
            for (int j = 0; j < TILE_COLUMNS; j++) {
                int from = (i * TILE_COLUMNS + j) * Kernels.STRIPES_F64;
                sums[at + i * GROUP + j] += Kernels.sumOf8(stripes, from);
            }
        }
    }
}
