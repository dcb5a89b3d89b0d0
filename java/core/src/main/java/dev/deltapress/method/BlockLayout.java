package dev.deltapress.method;

import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.Grid;

import java.util.List;

/**
 * How the values and the table of a block are stored, by component.
 *
 * @param grid of codes, {@link Grid#SYMMETRIC} where it has no codes of a width
 * @param compact whether the table holds multipliers of f16, which codes need
 */
record BlockLayout(Bands bands, Grid grid, boolean compact) {
    /** f16 values with multipliers of f32. */
    static final BlockLayout HALVES =
            new BlockLayout(
                    new Bands(List.of(Bands.rest(Grid.HALF_BITS))),
                    Grid.HALF,
                    /* compact= */ false);

    /** The width of a component, counted from 0. */
    int bits(int component) {
        return bands.bits(component);
    }

    /** Bytes before the values where not every entry is kept. */
    long headerBytes(int rank) {
        return bands.headerBytes(rank, compact, /* keepAll= */ false);
    }

    /** A block to be packed. */
    FactorBlock block(int rows, int columns, float[] s, long[] thresholds) {
        return new FactorBlock(
                rows, columns, 1, s, thresholds, bands.groups(s.length, grid), compact);
    }
}
