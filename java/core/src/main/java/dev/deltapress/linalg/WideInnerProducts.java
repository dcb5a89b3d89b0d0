package dev.deltapress.linalg;

import dev.deltapress.parallel.Team;

import jdk.incubator.vector.VectorSpecies;

import java.util.Arrays;

/**
 * Inner products of fp32 rows in fp64 of {@link VectorKernels}. Both operands are read along their
 * rows, so that nothing is transposed: a chunk of the rows of a is copied and widened at a time,
 * and that of the rows of b in groups that the team shares.
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

    /** Those of a, up to whole tiles; what the last ones hold is never looked at. */
    private final int tiledRows;

    /** One chunk of columns of a, padded with zeros to whole stripes. */
    private final double[] aRows;

    /** For each group of rows of b, what the chunks so far add up to. */
    private final double[][] sums;

    private WideInnerProducts(Matrix a, Matrix b) {
        this.a = a;
        this.b = b;
        this.symmetric = a.equals(b);
        this.tiledRows = Math.ceilDiv(a.rows(), TILE_ROWS) * TILE_ROWS;
        this.aRows = new double[Math.multiplyExact(tiledRows, padded(a.columns()))];
        this.sums = new double[Math.ceilDiv(b.rows(), GROUP)][];
        for (int g = 0; g < sums.length; g++) {
            sums[g] = new double[(tiledRows - firstTile(g * GROUP)) * GROUP];
        }
    }

    /** Length of a row of a chunk that starts so many columns before the end. */
    private static int padded(int columnsLeft) {
        int columns = Math.min(CHUNK, columnsLeft);
        return Math.ceilDiv(columns, Kernels.STRIPES_F64) * Kernels.STRIPES_F64;
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
        int groups = Math.ceilDiv(b.rows(), GROUP);
        int copies = Math.ceilDiv(a.rows(), GROUP);
        for (int column = 0; column < a.columns(); column += CHUNK) {
            int from = column;
            team.forEach(copies, g -> products.copyA(g * GROUP, from));
            team.forEach(groups, g -> products.addGroup(g, from));
        }
        team.forEach(groups, g -> products.give(g, consumer));
    }

    private void copyA(int first, int column) {
        for (int i = first; i < Math.min(a.rows(), first + GROUP); i++) {
            copyRow(a, i, column, aRows, i);
        }
    }

    /** Copies a row's part of a chunk to that row of an array. */
    private static void copyRow(Matrix m, int row, int column, double[] rows, int to) {
        int columns = Math.min(CHUNK, m.columns() - column);
        int length = padded(m.columns() - column);
        m.copyRow(row, column, columns, rows, to * length);
        Arrays.fill(rows, to * length + columns, (to + 1) * length, 0);
    }

    private void addGroup(int group, int column) {
        int first = group * GROUP;
        int rows = Math.min(GROUP, b.rows() - first);
        int length = padded(a.columns() - column);
        double[] bRows = new double[GROUP * length];
        for (int j = 0; j < rows; j++) {
            copyRow(b, first + j, column, bRows, j);
        }
        int firstTile = firstTile(first);
        double[] stripes = new double[TILE_ROWS * TILE_COLUMNS * Kernels.STRIPES_F64];
        for (int i = firstTile; i < a.rows(); i += TILE_ROWS) {
            for (int j = 0; j < rows; j += TILE_COLUMNS) {
                multiply(i * length, bRows, j * length, length, stripes);
                addTile(stripes, sums[group], (i - firstTile) * GROUP + j);
            }
        }
    }

    private int firstTile(int first) {
        return symmetric ? first / TILE_ROWS * TILE_ROWS : 0;
    }

    private void give(int group, Consumer consumer) {
        int first = group * GROUP;
        int firstTile = firstTile(first);
        int rows = Math.min(GROUP, b.rows() - first);
        for (int i = firstTile; i < a.rows(); i++) {
            int end = symmetric ? Math.min(rows, i - first + 1) : rows;
            for (int j = 0; j < end; j++) {
                consumer.accept(i, first + j, sums[group][(i - firstTile) * GROUP + j]);
            }
        }
    }

    private void multiply(int aFrom, double[] bRows, int bFrom, int length, double[] stripes) {
        if (MANY_REGISTERS) {
            WideInnerTile6.multiply(aRows, aFrom, length, bRows, bFrom, length, length, stripes);
        } else {
            WideInnerTile3.multiply(aRows, aFrom, length, bRows, bFrom, length, length, stripes);
        }
    }

    private static void addTile(double[] stripes, double[] groupSums, int at) {
        for (int i = 0; i < TILE_ROWS; i++) {
            for (int j = 0; j < TILE_COLUMNS; j++) {
                int from = (i * TILE_COLUMNS + j) * Kernels.STRIPES_F64;
                groupSums[at + i * GROUP + j] += Kernels.sumOf8(stripes, from);
            }
        }
    }
}
