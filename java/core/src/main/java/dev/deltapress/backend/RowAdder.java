package dev.deltapress.backend;

/** Adds the product of two factors to rows of a matrix; for any number of threads at once. */
@FunctionalInterface
public interface RowAdder {

    /**
     * out = base + the same rows of the product, added in f32 and rounded once to the type of
     * {@code out}.
     *
     * @param row number of the first of these rows in the whole matrix
     * @param base rows of all columns
     * @return how many finite sums became infinite by rounding
     */
    long add(int row, MatrixView base, MatrixView out);
}
