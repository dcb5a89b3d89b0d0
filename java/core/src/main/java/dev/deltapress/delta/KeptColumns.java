package dev.deltapress.delta;

/** Goes through the kept entries of a matrix, row after row. For one thread. */
interface KeptColumns {

    /**
     * The kept entries of the next row.
     *
     * @param columns receives their columns, ascending; as long as a row
     * @return how many there are
     * @throws dev.deltapress.MalformedFileException if stored positions break a rule
     */
    int next(int[] columns);

    /**
     * To be called after the last row.
     *
     * @throws dev.deltapress.MalformedFileException if what is stored goes on
     */
    default void finish() {}
}
