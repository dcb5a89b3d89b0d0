package dev.deltapress.linalg;

import dev.deltapress.parallel.Team;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

/**
 * The fp32 matrix product of {@link VectorKernels}: packed panels and a register tile, after Goto
 * and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (ACM TOMS 34, 2008).
 *
 * <p>Cutting the inner dimension does not change a bit, because a partial sum stored in C is the
 * accumulator itself.
 */
final class VectorProduct {

    /** Rows of a register tile: 6 x 2 accumulators fit the 16 registers of AVX2. */
    private static final int TILE_ROWS = 6;

    /** Inner indices per panel: a panel of A (6 kB) and one of B (32 kB) fit the L1 cache. */
    private static final int DEPTH = 256;

    /** Columns of B packed at a time: with DEPTH rows 1 MB, for the L2 cache. */
    private static final int WIDTH = 1024;

    private static final VectorSpecies<Float> LANES = VectorKernels.SHAPE.withLanes(float.class);

    private static final int TILE_COLUMNS = 2 * LANES.length();

    private VectorProduct() {}

    /** C = A B; the shapes fit. */
    static void multiply(Team team, Operand a, Operand b, Matrix c) {
        float[] aPanel = new float[TILE_ROWS * DEPTH];
        float[] bPanels = new float[DEPTH * WIDTH];
        try (Arena arena = Arena.ofConfined()) {
            Matrix edge = Matrix.allocate(arena, TILE_ROWS, TILE_COLUMNS);
            for (int column = 0; column < c.columns(); column += WIDTH) {
                int width = Math.min(WIDTH, c.columns() - column);
                int k = 0;
                do { // once at least: an empty sum is zero, not what C held before
                    int depth = Math.min(DEPTH, a.columns() - k);
                    packPanels(b.transpose(), column, width, k, depth, bPanels);
                    for (int row = 0; row < c.rows(); row += TILE_ROWS) {
                        int rows = Math.min(TILE_ROWS, c.rows() - row);
                        a.copyColumns(row, rows, k, depth, aPanel, 0, TILE_ROWS);
                        rowOfTiles(
                                aPanel, bPanels, depth, c, row, rows, column, width, k > 0, edge);
                    }
                    k += DEPTH;
                } while (k < a.columns());
            }
        }
    }

    private static void packPanels(
            Operand columnsOfB, int column, int width, int k, int depth, float[] panels) {
        for (int j = 0; j < width; j += TILE_COLUMNS) {
            int columns = Math.min(TILE_COLUMNS, width - j);
            columnsOfB.copyColumns(column + j, columns, k, depth, panels, j * depth, TILE_COLUMNS);
        }
    }

    private static void rowOfTiles(
            float[] aPanel,
            float[] bPanels,
            int depth,
            Matrix c,
            int row,
            int rows,
            int column,
            int width,
            boolean accumulate,
            Matrix edge) {
        for (int j = 0; j < width; j += TILE_COLUMNS) {
            int columns = Math.min(TILE_COLUMNS, width - j);
            if (rows == TILE_ROWS && columns == TILE_COLUMNS) {
                tile(aPanel, bPanels, j * depth, depth, c, row, column + j, accumulate);
            } else {
                if (accumulate) {
                    copy(c, row, column + j, edge, 0, 0, rows, columns);
                }
                tile(aPanel, bPanels, j * depth, depth, edge, 0, 0, accumulate);
                copy(edge, 0, 0, c, row, column + j, rows, columns);
            }
        }
    }

    private static void copy(
            Matrix from,
            int fromRow,
            int fromColumn,
            Matrix to,
            int toRow,
            int toColumn,
            int rows,
            int columns) {
        for (int i = 0; i < rows; i++) {
            MemorySegment.copy(
                    from.data(),
                    from.offset(fromRow + i, fromColumn),
                    to.data(),
                    to.offset(toRow + i, toColumn),
                    (long) columns * Float.BYTES);
        }
    }

    private static FloatVector load(Matrix m, long offset, boolean accumulate) {
        return accumulate
                ? FloatVector.fromMemorySegment(LANES, m.data(), offset, ByteOrder.LITTLE_ENDIAN)
                : FloatVector.zero(LANES);
    }

    private static void store(FloatVector v, Matrix m, long offset) {
        v.intoMemorySegment(m.data(), offset, ByteOrder.LITTLE_ENDIAN);
    }

    private static void tile(
            float[] a,
            float[] b,
            int bFrom,
            int depth,
            Matrix c,
            int row,
            int column,
            boolean accumulate) {
        int length = LANES.length();
        long half = length * (long) Float.BYTES;
        long r0 = c.offset(row, column), stride = c.columns() * (long) Float.BYTES;
        long r1 = r0 + stride,
                r2 = r1 + stride,
                r3 = r2 + stride,
                r4 = r3 + stride,
                r5 = r4 + stride;
        FloatVector c00 = load(c, r0, accumulate), c01 = load(c, r0 + half, accumulate);
        FloatVector c10 = load(c, r1, accumulate), c11 = load(c, r1 + half, accumulate);
        FloatVector c20 = load(c, r2, accumulate), c21 = load(c, r2 + half, accumulate);
        FloatVector c30 = load(c, r3, accumulate), c31 = load(c, r3 + half, accumulate);
        FloatVector c40 = load(c, r4, accumulate), c41 = load(c, r4 + half, accumulate);
        FloatVector c50 = load(c, r5, accumulate), c51 = load(c, r5 + half, accumulate);
        for (int k = 0, i = 0, j = bFrom; k < depth; k++, i += TILE_ROWS, j += 2 * length) {
            FloatVector b0 = FloatVector.fromArray(LANES, b, j);
            FloatVector b1 = FloatVector.fromArray(LANES, b, j + length);
            FloatVector a0 = FloatVector.broadcast(LANES, a[i]);
            c00 = a0.fma(b0, c00);
            c01 = a0.fma(b1, c01);
            FloatVector a1 = FloatVector.broadcast(LANES, a[i + 1]);
            c10 = a1.fma(b0, c10);
            c11 = a1.fma(b1, c11);
            FloatVector a2 = FloatVector.broadcast(LANES, a[i + 2]);
            c20 = a2.fma(b0, c20);
            c21 = a2.fma(b1, c21);
            FloatVector a3 = FloatVector.broadcast(LANES, a[i + 3]);
            c30 = a3.fma(b0, c30);
            c31 = a3.fma(b1, c31);
            FloatVector a4 = FloatVector.broadcast(LANES, a[i + 4]);
            c40 = a4.fma(b0, c40);
            c41 = a4.fma(b1, c41);
            FloatVector a5 = FloatVector.broadcast(LANES, a[i + 5]);
            c50 = a5.fma(b0, c50);
            c51 = a5.fma(b1, c51);
        }
        store(c00, c, r0);
        store(c01, c, r0 + half);
        store(c10, c, r1);
        store(c11, c, r1 + half);
        store(c20, c, r2);
        store(c21, c, r2 + half);
        store(c30, c, r3);
        store(c31, c, r3 + half);
        store(c40, c, r4);
        store(c41, c, r4 + half);
        store(c50, c, r5);
        store(c51, c, r5 + half);
    }
}
