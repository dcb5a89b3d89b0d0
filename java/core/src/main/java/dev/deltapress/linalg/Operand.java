package dev.deltapress.linalg;

/** op(A) of a product: a matrix as it is or transposed. Indices are those of op(A). */
record Operand(Matrix matrix, boolean transposed) {

    int rows() {
        return transposed ? matrix.columns() : matrix.rows();
    }

    int columns() {
        return transposed ? matrix.rows() : matrix.columns();
    }

    float get(int row, int column) {
        return transposed ? matrix.get(column, row) : matrix.get(row, column);
    }

    Operand transpose() {
        return new Operand(matrix, !transposed);
    }

    /** {@code out[from + stride * j + i] = op(A)[row + i, column + j]}: columns become runs. */
    void copyColumns(
            int row, int rows, int column, int columns, float[] out, int from, int stride) {
        if (transposed) {
            for (int j = 0; j < columns; j++) {
                for (int i = 0; i < rows; i++) {
                    out[from + stride * j + i] = matrix.get(column + j, row + i);
                }
            }
        } else {
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < columns; j++) {
                    out[from + stride * j + i] = matrix.get(row + i, column + j);
                }
            }
        }
    }

    /** {@code out[stride * i + j] = op(A)[i, column + j]} for all rows i, widened. */
    void copyRows(int column, int columns, double[] out, int stride) {
        if (transposed) {
            for (int j = 0; j < columns; j++) {
                for (int i = 0; i < rows(); i++) {
                    out[stride * i + j] = matrix.get(column + j, i);
                }
            }
        } else {
            for (int i = 0; i < rows(); i++) {
                for (int j = 0; j < columns; j++) {
                    out[stride * i + j] = matrix.get(i, column + j);
                }
            }
        }
    }

    /**
     * Checks that c can hold this times b.
     *
     * @throws IllegalArgumentException naming the three shapes if not
     */
    void requireProduct(Operand b, Matrix c) {
        if (columns() != b.rows() || c.rows() != rows() || c.columns() != b.columns()) {
            throw new IllegalArgumentException(
                    "(%d x %d) times (%d x %d) does not give %d x %d"
                            .formatted(
                                    rows(),
                                    columns(),
                                    b.rows(),
                                    b.columns(),
                                    c.rows(),
                                    c.columns()));
        }
    }
}
