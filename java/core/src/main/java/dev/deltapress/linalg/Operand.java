package dev.deltapress.linalg;

import java.lang.foreign.Arena;

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

    /**
     * Packs rows into panels of {@code height} rows, whose columns become runs: {@code out[columns
     * * i + height * j + p] = op(A)[row + i + p, column + j]} for p below height and i a multiple
     * of it. Rows of the last panel that are beyond {@code rows} keep what they held.
     *
     * @param from where the panel of {@code row} starts in out
     */
    void packPanels(int row, int rows, int column, int columns, int height, float[] out, int from) {
        float[] line = new float[transposed ? rows : columns];
        if (transposed) {
            for (int j = 0; j < columns; j++) {
                matrix.copyRow(column + j, row, rows, line, 0);
                for (int i = 0; i < rows; i += height) {
                    int run = Math.min(height, rows - i);
                    System.arraycopy(line, i, out, from + columns * i + height * j, run);
                }
            }
        } else {
            for (int i = 0; i < rows; i++) {
                matrix.copyRow(row + i, column, columns, line, 0);
                int at = from + columns * (i - i % height) + i % height;
                for (int j = 0; j < columns; j++) {
                    out[at + height * j] = line[j];
                }
            }
        }
    }

    /** Copies a block of rows and columns, row-major without gaps. */
    void copyBlock(int row, int rows, int column, int columns, float[] out) {
        if (!transposed) {
            for (int i = 0; i < rows; i++) {
                matrix.copyRow(row + i, column, columns, out, i * columns);
            }
            return;
        }
        float[] line = new float[rows];
        for (int j = 0; j < columns; j++) {
            matrix.copyRow(column + j, row, rows, line, 0);
            for (int i = 0; i < rows; i++) {
                out[i * columns + j] = line[i];
            }
        }
    }

    /** c = x op(A). */
    void multiplied(Kernels kernels, Matrix x, Matrix c) {
        if (transposed) {
            kernels.innerProducts(x, matrix, c);
        } else {
            kernels.multiply(x, false, matrix, false, c);
        }
    }

    /** c = x op(A)ᵀ. */
    void timesTransposed(Kernels kernels, Matrix x, Matrix c) {
        transpose().multiplied(kernels, x, c);
    }

    /** The lower triangle of op(A) op(A)ᵀ in fp64, rows x rows, row-major. */
    void wideGram(Kernels kernels, double[] gram) {
        if (!transposed) {
            kernels.wideInnerProducts(matrix, matrix, gram, 0, rows());
            return;
        }
        try (Arena arena = Arena.ofShared()) {
            Matrix upright = Matrix.allocate(arena, rows(), columns());
            for (int j = 0; j < columns(); j++) {
                for (int i = 0; i < rows(); i++) {
                    upright.set(i, j, matrix.get(j, i));
                }
            }
            kernels.wideInnerProducts(upright, upright, gram, 0, rows());
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
