package dev.deltapress.cuda;

/**
 * A matrix, or each of a batch, seen from its short side: A has {@link #side} rows and {@link
 * #length} columns, no fewer, whichever way it lies in memory.
 *
 * @param matrix A or its transpose, fp32
 * @param upright whether it is A
 */
record ShortSide(DenseAlgebra algebra, DeviceMatrix matrix, boolean upright) {

    static ShortSide of(DenseAlgebra algebra, DeviceMatrix matrix) {
        return new ShortSide(algebra, matrix, matrix.rows() <= matrix.columns());
    }

    int side() {
        return upright ? matrix.rows() : matrix.columns();
    }

    int length() {
        return upright ? matrix.columns() : matrix.rows();
    }

    /** y = A x, for columns x of the long side. */
    void toShortSide(DeviceMatrix x, DeviceMatrix y) {
        algebra.multiply(1, matrix, !upright, x, false, 0, y);
    }

    /** y = A' x, for columns x of the short side. */
    void toLongSide(DeviceMatrix x, DeviceMatrix y) {
        algebra.multiply(1, matrix, upright, x, false, 0, y);
    }
}
