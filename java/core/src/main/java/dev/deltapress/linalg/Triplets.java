package dev.deltapress.linalg;

/**
 * Singular triplets of op(A), which has no more rows than columns.
 *
 * @param shortRows row c is the singular vector on the side of the rows of op(A)
 * @param s singular values, descending
 * @param longRows row c is the singular vector on the side of the columns
 */
@SuppressWarnings("ArrayRecordComponent") // read at once, never compared
record Triplets(Matrix shortRows, double[] s, Matrix longRows) {}
