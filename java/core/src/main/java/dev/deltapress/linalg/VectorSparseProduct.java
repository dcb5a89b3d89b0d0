package dev.deltapress.linalg;

import dev.deltapress.parallel.Team;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * A row of C takes the rows of B that its nonzero entries say, a tile of columns at a time, whose
 * sums stay in registers.
 *
 * <p>Vectors have 256 bits at most: eight sums then hide the latency of two multiply-adds per
 * cycle, and a tile of B of 100 rows fits the nearest cache.
 */
final class VectorSparseProduct implements SparseProduct {
    private static final VectorSpecies<Float> LANES =
            VectorShape.forBitSize(Math.min(256, VectorKernels.SHAPE.vectorBitSize()))
                    .withLanes(float.class);

    private static final int L = LANES.length();

    /** Columns of a tile. */
    private static final int TILE = 8 * L;

    private final Matrix at;
    private final int columns;

    /** Tiles of B, row after row, the last one filled up with zeros. */
    private final float[][] tiles;

    VectorSparseProduct(Team team, Matrix at, Matrix b) {
        SparseProduct.requireFits(at, b);
        this.at = at;
        this.columns = b.columns();
        this.tiles = new float[Math.ceilDiv(columns, TILE)][];
        team.forEach(tiles.length, tile -> tiles[tile] = copy(b, tile * TILE));
    }

    private static float[] copy(Matrix b, int column) {
        int width = Math.min(TILE, b.columns() - column);
        float[] tile = new float[b.rows() * TILE];
        for (int k = 0; k < b.rows(); k++) {
            b.copyRow(k, column, width, tile, k * TILE);
        }
        return tile;
    }

    @Override
    public void multiply(int row, int rows, int block, float[] c) {
        NonZeros entries = new NonZeros(at, row, rows);
        int width = SparseProduct.width(block, columns);
        float[] last = new float[TILE];
        for (int j = 0; j < width; j += TILE) {
            float[] tile = tiles[(block * WIDTH + j) / TILE];
            boolean whole = j + TILE <= width;
            for (int i = 0; i < rows; i++) {
                int to = i * width + j;
                addRows(entries, i, tile, whole ? c : last, whole ? to : 0);
                if (!whole) {
                    System.arraycopy(last, 0, c, to, width - j);
                }
            }
        }
    }

    private static void addRows(NonZeros entries, int column, float[] tile, float[] c, int to) {
        int first = entries.first(column);
        addRows(entries.rows(), entries.values(), first, entries.count(column), tile, c, to);
    }

    /** Sums are locals: C2 would box those of an array. */
    private static void addRows(
            int[] rows, float[] factors, int first, int count, float[] tile, float[] c, int to) {
        FloatVector zero = FloatVector.zero(LANES);
        FloatVector s0 = zero, s1 = zero, s2 = zero, s3 = zero;
        FloatVector s4 = zero, s5 = zero, s6 = zero, s7 = zero;
        for (int k = first; k < first + count; k++) {
            FloatVector factor = FloatVector.broadcast(LANES, factors[k]);
            int at = rows[k] * TILE;
            s0 = factor.fma(FloatVector.fromArray(LANES, tile, at), s0);
            s1 = factor.fma(FloatVector.fromArray(LANES, tile, at + L), s1);
            s2 = factor.fma(FloatVector.fromArray(LANES, tile, at + 2 * L), s2);
            s3 = factor.fma(FloatVector.fromArray(LANES, tile, at + 3 * L), s3);
            s4 = factor.fma(FloatVector.fromArray(LANES, tile, at + 4 * L), s4);
            s5 = factor.fma(FloatVector.fromArray(LANES, tile, at + 5 * L), s5);
            s6 = factor.fma(FloatVector.fromArray(LANES, tile, at + 6 * L), s6);
            s7 = factor.fma(FloatVector.fromArray(LANES, tile, at + 7 * L), s7);
        }
        s0.intoArray(c, to);
        s1.intoArray(c, to + L);
        s2.intoArray(c, to + 2 * L);
        s3.intoArray(c, to + 3 * L);
        s4.intoArray(c, to + 4 * L);
        s5.intoArray(c, to + 5 * L);
        s6.intoArray(c, to + 6 * L);
        s7.intoArray(c, to + 7 * L);
    }
}
