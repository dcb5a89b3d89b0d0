package dev.deltapress.method;

import dev.deltapress.delta.Grid;

/** The grids of codes by the names that users write. */
final class Grids {
    static final String GAUSSIAN = "gaussian";
    static final String SYMMETRIC = "symmetric";

    private Grids() {}

    /**
     * The grid of that name.
     *
     * @param method names it in errors
     * @throws dev.deltapress.UsageException if there is none
     */
    static Grid parse(String method, String name) {
        boolean gaussian = name.equals(GAUSSIAN);
        boolean known = gaussian || name.equals(SYMMETRIC);
        Settings.require(
                known, method, "grid", GAUSSIAN + " or " + SYMMETRIC, Settings.quoted(name));
        return gaussian ? Grid.GAUSSIAN : Grid.SYMMETRIC;
    }

    /** That grid, or {@link Grid#SYMMETRIC} where it has no codes of a width. */
    static Grid ofBits(Grid grid, int bits) {
        return grid.hasBits(bits, bits) ? grid : Grid.SYMMETRIC;
    }
}
