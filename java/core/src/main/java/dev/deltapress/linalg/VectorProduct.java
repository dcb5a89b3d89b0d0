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

    /** The same where one step takes all rows of C: many steps, so that they are shared evenly. */
    private static final int THIN_WIDTH = 128;

    /** Rows of C that one step computes. */
    private static final int HEIGHT = 16 * TILE_ROWS;

    private final Team team;
    private final Operand a;
    private final Operand b;
    private final Matrix c;

    /** Whether products are taken from C instead of replacing it. */
    private final boolean subtract;

    private VectorProduct(Team team, Operand a, Operand b, Matrix c, boolean subtract) {
        this.team = team;
        this.a = a;
        this.b = b;
        this.c = c;
        this.subtract = subtract;
    }

    /** C = A B, or C -= A B; the shapes fit. */
    static void multiply(Team team, Operand a, Operand b, Matrix c, boolean subtract) {
        VectorProduct product = new VectorProduct(team, a, b, c, subtract);
        if (c.rows() <= HEIGHT) {
            product.runThin();
        } else {
            product.run();
        }
    }

    private void run() {
        int most = Math.min(DEPTH, a.columns());
        float[] aPanels = new float[padded(c.rows(), TILE_ROWS) * most];
        float[] bPanels = new float[padded(c.columns(), TILE_COLUMNS) * most];
        int aSteps = Math.ceilDiv(c.rows(), HEIGHT);
        int bSteps = Math.ceilDiv(c.columns(), WIDTH);
        int k = 0;
        do { // once at least: an empty sum is zero, not what C held before
            int from = k;
            int depth = Math.min(DEPTH, a.columns() - k);
            team.forEach(
                    aSteps + bSteps,
                    i -> {
                        if (i < aSteps) {
                            int row = i * HEIGHT;
                            packA(row, from, depth, aPanels, row * depth);
                        } else {
                            int column = (i - aSteps) * WIDTH;
                            packB(column, WIDTH, from, depth, bPanels, column * depth);
                        }
                    });
            boolean accumulate = subtract || from > 0;
            team.forEach(
                    aSteps * bSteps,
                    i -> {
                        int row = i % aSteps * HEIGHT;
                        int column = i / aSteps * WIDTH;
                        Panels panels =
                                new Panels(aPanels, row * depth, bPanels, column * depth, depth);
                        block(row, column, WIDTH, panels, accumulate);
                    });
            k += DEPTH;
        } while (k < a.columns());
    }

    /**
     * The same where all of A fits the caches: then columns of B are packed by who multiplies them,
     * and their panels never leave its L2 cache.
     */
    private void runThin() {
        int rows = padded(c.rows(), TILE_ROWS);
        float[] aPanels = new float[Math.multiplyExact(rows, a.columns())];
        int slices = Math.max(1, Math.ceilDiv(a.columns(), DEPTH));
        team.forEach(
                slices,
                slice -> {
                    int k = slice * DEPTH;
                    packA(0, k, Math.min(DEPTH, a.columns() - k), aPanels, rows * k);
                });
        team.forEach(
                Math.ceilDiv(c.columns(), THIN_WIDTH),
                i -> {
                    int column = i * THIN_WIDTH;
                    float[] bPanels = new float[THIN_WIDTH * Math.min(DEPTH, a.columns())];
                    for (int slice = 0; slice < slices; slice++) {
                        int k = slice * DEPTH;
                        int depth = Math.min(DEPTH, a.columns() - k);
                        packB(column, THIN_WIDTH, k, depth, bPanels, 0);
                        Panels panels = new Panels(aPanels, rows * k, bPanels, 0, depth);
                        block(0, column, THIN_WIDTH, panels, subtract || slice > 0);
                    }
                });
    }

    private static int padded(int count, int tile) {
        return Math.ceilDiv(count, tile) * tile;
    }

    private void packA(int firstRow, int k, int depth, float[] panels, int from) {
        int rows = Math.min(HEIGHT, c.rows() - firstRow);
        a.packPanels(firstRow, rows, k, depth, TILE_ROWS, panels, from);
        if (subtract) {
            int end = from + padded(rows, TILE_ROWS) * depth;
            for (int i = from; i < end; i++) {
                panels[i] = -panels[i];
            }
        }
    }

    private void packB(int firstColumn, int width, int k, int depth, float[] panels, int from) {
        int columns = Math.min(width, c.columns() - firstColumn);
        if (b.transposed()) {
            b.transpose().packPanels(firstColumn, columns, k, depth, TILE_COLUMNS, panels, from);
        } else {
            packRows(firstColumn, columns, k, depth, panels, from);
        }
    }

    /**
     * The same where rows of B are rows in memory: without a detour, since thin products wait for
     * it.
     */
    private void packRows(
            int firstColumn, int columns, int k, int depth, float[] panels, int from) {
        Matrix rows = b.matrix();
        MemorySegment data = rows.data();
        int lanes = LANES.length();
        int whole = columns - columns % TILE_COLUMNS;
        for (int i = 0; i < depth; i++) {
            long at = rows.offset(k + i, firstColumn);
            int to = from + TILE_COLUMNS * i;
            for (int j = 0; j < whole; j += TILE_COLUMNS) {
                load(data, at + j * 4L).intoArray(panels, to + j * depth);
                load(data, at + (j + lanes) * 4L).intoArray(panels, to + j * depth + lanes);
            }
            if (whole < columns) {
                int left = columns - whole;
                rows.copyRow(k + i, firstColumn + whole, left, panels, to + whole * depth);
            }
        }
    }

    private static FloatVector load(MemorySegment data, long at) {
        return FloatVector.fromMemorySegment(LANES, data, at, ByteOrder.LITTLE_ENDIAN);
    }

    /** Packed rows of A and columns of B, over {@code depth} inner indices. */
    @SuppressWarnings("ArrayRecordComponent") // read at once, never compared
    private record Panels(float[] a, int aFrom, float[] b, int bFrom, int depth) {}

    private void block(int firstRow, int firstColumn, int width, Panels p, boolean accumulate) {
        int rows = Math.min(HEIGHT, c.rows() - firstRow);
        int columns = Math.min(width, c.columns() - firstColumn);
        for (int i = 0; i < rows; i += TILE_ROWS) {
            for (int j = 0; j < columns; j += TILE_COLUMNS) {
                int row = firstRow + i;
                int column = firstColumn + j;
                int aFrom = p.aFrom + i * p.depth;
                int bFrom = p.bFrom + j * p.depth;
                if (i + TILE_ROWS <= rows && j + TILE_COLUMNS <= columns) {
                    tile(p, aFrom, bFrom, c, row, column, accumulate);
                } else {
                    edge(p, aFrom, bFrom, row, column, accumulate);
                }
            }
        }
    }

    /** A tile that C holds only in part. */
    private void edge(Panels p, int aFrom, int bFrom, int row, int column, boolean accumulate) {
        int rows = Math.min(TILE_ROWS, c.rows() - row);
        int columns = Math.min(TILE_COLUMNS, c.columns() - column);
        try (Arena arena = Arena.ofConfined()) {
            Matrix whole = Matrix.allocate(arena, TILE_ROWS, TILE_COLUMNS);
            copy(c, row, column, whole, 0, 0, rows, columns);
            tile(p, aFrom, bFrom, whole, 0, 0, accumulate);
            copy(whole, 0, 0, c, row, column, rows, columns);
        }
    }

    private static void tile(
            Panels p, int aFrom, int bFrom, Matrix to, int row, int column, boolean add) {
        long at = to.offset(row, column);
        long stride = to.columns() * (long) Float.BYTES;
        if (MANY_REGISTERS) {
            ProductTile12.multiply(p.a, aFrom, p.b, bFrom, p.depth, to.data(), at, stride, add);
        } else {
            ProductTile6.multiply(p.a, aFrom, p.b, bFrom, p.depth, to.data(), at, stride, add);
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
