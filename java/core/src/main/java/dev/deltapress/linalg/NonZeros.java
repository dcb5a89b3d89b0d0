package dev.deltapress.linalg;

/** The nonzero entries of some columns of a matrix, column by column. For one thread. */
final class NonZeros {
    private final int depth;
    private final int[] counts;
    private final int[] rows;
    private final float[] values;

    /** Of columns {@code [from, from + count)}. */
    NonZeros(Matrix a, int from, int count) {
        depth = a.rows();
        counts = new int[count];
        rows = new int[count * depth];
        values = new float[count * depth];
        float[] row = new float[count];
        for (int k = 0; k < depth; k++) {
            a.copyRow(k, from, count, row, 0);
            for (int i = 0; i < count; i++) {
                // A zero is put here too, for the next one to replace.
                int at = first(i) + counts[i];
                rows[at] = k;
                values[at] = row[i];
                counts[i] += row[i] == 0 ? 0 : 1;
            }
        }
    }

    /** Where those of a column begin. */
    int first(int column) {
        return column * depth;
    }

    /** How many a column has. */
    int count(int column) {
        return counts[column];
    }

    /** Which row an entry is in. */
    int row(int at) {
        return rows[at];
    }

    float value(int at) {
        return values[at];
    }

    /** Of all entries, which are nonzero where {@link #first} and {@link #count} say. */
    int[] rows() {
        return rows;
    }

    float[] values() {
        return values;
    }
}
