package dev.deltapress.linalg;

import java.lang.foreign.Arena;

/** op(A) of a product: a matrix as it is or transposed. Indices are those of op(A). */
record Operand(Matrix matrix, boolean transposed) {

    /** Rows that are turned together: a few cache lines of each column. */
    private static final int UPRIGHT_ROWS = 64;

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

    /** Copies a block: element (row + i, column + j) to {@code out[i][j]}. */
    void copyRows(int row, int rows, int column, int columns, float[][] out) {
        if (!transposed) {
            for (int i = 0; i < rows; i++) {
                matrix.copyRow(row + i, column, columns, out[i], 0);
            }
            return;
        }
        float[] line = new float[rows];
        for (int j = 0; j < columns; j++) {
            matrix.copyRow(column + j, row, rows, line, 0);
            for (int i = 0; i < rows; i++) {
                out[i][j] = line[i];
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

    /** The same op(A) as rows in memory, copied if need be. */
    Operand upright(Arena arena) {
        if (!transposed) {
            return this;
        }
        Matrix copy = Matrix.allocate(arena, rows(), columns());
        float[][] block = new float[UPRIGHT_ROWS][columns()];
        for (int i = 0; i < rows(); i += UPRIGHT_ROWS) {
            int count = Math.min(UPRIGHT_ROWS, rows() - i);
            copyRows(i, count, 0, columns(), block);
            for (int r = 0; r < count; r++) {
                copy.setRow(i + r, block[r]);
            }
        }
        return new Operand(copy, false);
    }

    /** The lower triangle of op(A) op(A)ᵀ in fp64, rows x rows, row-major. */
    void wideGram(Kernels kernels, double[] gram) {
        try (Arena arena = Arena.ofShared()) {
            Matrix upright = upright(arena).matrix();
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
