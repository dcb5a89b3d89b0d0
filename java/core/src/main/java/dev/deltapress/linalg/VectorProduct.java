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
 * <p>For each slice of the inner dimension both operands are packed whole, then tiles of C are
 * computed, {@link #WIDTH} columns of B staying in the L2 cache while panels of A pass by. Packing
 * and tiles are shared by the team in pieces that do not depend on its size.
 *
 * <p>Cutting the inner dimension does not change a bit, because a partial sum stored in C is the
 * accumulator itself.
 */
final class VectorProduct {

    static final VectorSpecies<Float> LANES = VectorKernels.SHAPE.withLanes(float.class);

    private static final int TILE_COLUMNS = 2 * LANES.length();

    /** As many accumulators as registers allow: AVX-512 has 32, narrower sets may have 16. */
    private static final boolean MANY_REGISTERS = VectorKernels.SHAPE.vectorBitSize() == 512;

    private static final int TILE_ROWS = MANY_REGISTERS ? ProductTile12.ROWS : ProductTile6.ROWS;

    /** Inner indices per panel: a panel of A (at most 24 kB) stays in the L1 cache. */
    private static final int DEPTH = 512;

    /** Columns whose panels of B, at most 768 kB, stay in the L2 cache. */
    private static final int WIDTH = 384;

    /** Rows of C that one step computes. */
    private static final int HEIGHT = 16 * TILE_ROWS;

    private final Team team;
    private final Operand a;
    private final Operand b;
    private final Matrix c;

    /** Whether products are taken from C instead of replacing it. */
    private final boolean subtract;

    private final float[] aPanels;
    private final float[] bPanels;

    private VectorProduct(Team team, Operand a, Operand b, Matrix c, boolean subtract) {
        this.team = team;
        this.a = a;
        this.b = b;
        this.c = c;
        this.subtract = subtract;
        int depth = Math.min(DEPTH, a.columns());
        this.aPanels = new float[Math.ceilDiv(c.rows(), TILE_ROWS) * TILE_ROWS * depth];
        this.bPanels = new float[Math.ceilDiv(c.columns(), TILE_COLUMNS) * TILE_COLUMNS * depth];
    }

    /** C = A B, or C -= A B; the shapes fit. */
    static void multiply(Team team, Operand a, Operand b, Matrix c, boolean subtract) {
        new VectorProduct(team, a, b, c, subtract).run();
    }

    private void run() {
        int k = 0;
        do { // once at least: an empty sum is zero, not what C held before
            int from = k;
            int depth = Math.min(DEPTH, a.columns() - k);
            int aSteps = Math.ceilDiv(c.rows(), HEIGHT);
            int bSteps = Math.ceilDiv(c.columns(), WIDTH);
            team.forEach(
                    aSteps + bSteps,
                    i -> {
                        if (i < aSteps) {
                            packA(i * HEIGHT, from, depth);
                        } else {
                            packB((i - aSteps) * WIDTH, from, depth);
                        }
                    });
            boolean accumulate = subtract || from > 0;
            team.forEach(
                    aSteps * bSteps,
                    i -> block(i % aSteps * HEIGHT, i / aSteps * WIDTH, depth, accumulate));
            k += DEPTH;
        } while (k < a.columns());
    }

    private void packA(int firstRow, int k, int depth) {
        int rows = Math.min(HEIGHT, c.rows() - firstRow);
        int from = firstRow * depth;
        a.packPanels(firstRow, rows, k, depth, TILE_ROWS, aPanels, from);
        if (subtract) {
            int end = from + Math.ceilDiv(rows, TILE_ROWS) * TILE_ROWS * depth;
            for (int i = from; i < end; i++) {
                aPanels[i] = -aPanels[i];
            }
        }
    }

    private void packB(int firstColumn, int k, int depth) {
        int columns = Math.min(WIDTH, c.columns() - firstColumn);
        int from = firstColumn * depth;
        if (b.transposed()) {
            b.transpose().packPanels(firstColumn, columns, k, depth, TILE_COLUMNS, bPanels, from);
        } else {
            packRows(firstColumn, columns, k, depth, from);
        }
    }

    /**
     * The same where rows of B are rows in memory: without a detour, since thin products wait for
     * it.
     */
    private void packRows(int firstColumn, int columns, int k, int depth, int from) {
        MemorySegment data = b.matrix().data();
        int lanes = LANES.length();
        int whole = columns - columns % TILE_COLUMNS;
        for (int i = 0; i < depth; i++) {
            long at = b.matrix().offset(k + i, firstColumn);
            int to = from + TILE_COLUMNS * i;
            for (int j = 0; j < whole; j += TILE_COLUMNS) {
                load(data, at + j * 4L).intoArray(bPanels, to + j * depth);
                load(data, at + (j + lanes) * 4L).intoArray(bPanels, to + j * depth + lanes);
            }
            if (whole < columns) {
                b.matrix()
                        .copyRow(
                                k + i,
                                firstColumn + whole,
                                columns - whole,
                                bPanels,
                                to + whole * depth);
            }
        }
    }

    private static FloatVector load(MemorySegment data, long at) {
        return FloatVector.fromMemorySegment(LANES, data, at, ByteOrder.LITTLE_ENDIAN);
    }

    private void block(int firstRow, int firstColumn, int depth, boolean accumulate) {
        int rowEnd = Math.min(firstRow + HEIGHT, c.rows());
        int columnEnd = Math.min(firstColumn + WIDTH, c.columns());
        for (int row = firstRow; row < rowEnd; row += TILE_ROWS) {
            for (int column = firstColumn; column < columnEnd; column += TILE_COLUMNS) {
                if (row + TILE_ROWS <= c.rows() && column + TILE_COLUMNS <= c.columns()) {
                    tile(row, column, depth, c, row, column, accumulate);
                } else {
                    edge(row, column, depth, accumulate);
                }
            }
        }
    }

    /** A tile that C holds only in part. */
    private void edge(int row, int column, int depth, boolean accumulate) {
        int rows = Math.min(TILE_ROWS, c.rows() - row);
        int columns = Math.min(TILE_COLUMNS, c.columns() - column);
        try (Arena arena = Arena.ofConfined()) {
            Matrix whole = Matrix.allocate(arena, TILE_ROWS, TILE_COLUMNS);
            copy(c, row, column, whole, 0, 0, rows, columns);
            tile(row, column, depth, whole, 0, 0, accumulate);
            copy(whole, 0, 0, c, row, column, rows, columns);
        }
    }

    private void tile(
            int row, int column, int depth, Matrix to, int toRow, int toColumn, boolean add) {
        long at = to.offset(toRow, toColumn);
        long stride = to.columns() * (long) Float.BYTES;
        int aFrom = row * depth;
        int bFrom = column * depth;
        if (MANY_REGISTERS) {
            ProductTile12.multiply(
                    aPanels, aFrom, bPanels, bFrom, depth, to.data(), at, stride, add);
        } else {
            ProductTile6.multiply(
                    aPanels, aFrom, bPanels, bFrom, depth, to.data(), at, stride, add);
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
}
