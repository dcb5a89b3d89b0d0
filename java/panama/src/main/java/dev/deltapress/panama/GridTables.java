package dev.deltapress.panama;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.deltapress.delta.Codebook;
import dev.deltapress.delta.Grid;

import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.Map;

/** The codebooks of grids in device memory, each brought there when first asked for. */
final class GridTables {
    private final Scratch scratch;
    private final Map<Grid, MemorySegment> levels = new EnumMap<>(Grid.class);
    private final Map<Grid, MemorySegment> boundaries = new EnumMap<>(Grid.class);

    /** Tables live as long as the scratch. */
    GridTables(Scratch scratch) {
        this.scratch = scratch;
    }

    /** Levels of all bits that the grid has; null for f16 values. */
    MemorySegment levels(Grid grid) {
        return grid == Grid.HALF
                ? MemorySegment.NULL
                : levels.computeIfAbsent(grid, missing -> table(missing, true));
    }

    /** Boundaries of all bits that the grid has; null for f16 values. */
    MemorySegment boundaries(Grid grid) {
        return grid == Grid.HALF
                ? MemorySegment.NULL
                : boundaries.computeIfAbsent(grid, missing -> table(missing, false));
    }

    private MemorySegment table(Grid grid, boolean levelsOrBoundaries) {
        MemorySegment table = scratch.host().allocate(JAVA_FLOAT, Codebook.TABLE);
        for (int bits = 1; bits <= Codebook.MAX_BITS; bits++) {
            if (grid.hasBits(bits, bits)) {
                Codebook book = grid.codebook(bits);
                float[] numbers = levelsOrBoundaries ? book.levels() : book.boundaries();
                MemorySegment.copy(
                        numbers,
                        0,
                        table,
                        JAVA_FLOAT,
                        (long) Codebook.at(bits) * Float.BYTES,
                        numbers.length);
            }
        }
        return scratch.upload(table);
    }
}
