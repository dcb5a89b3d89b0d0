package dev.deltapress.linalg;

/**
 * C = Aᵀ B in fp32 where many entries of A are zero, block by block. An element starts at +0 and
 * takes one fused multiply-add for each nonzero entry of its column of A, in the order of their
 * rows: the bits of {@link Kernels#multiply} for finite numbers. For any number of threads.
 */
public interface SparseProduct {

    /** Columns of a block; the last one may have fewer. */
    int WIDTH = 1024;

    /**
     * Elements of C in rows {@code [row, row + rows)} and the columns of one block.
     *
     * @param block holds columns from {@code block * WIDTH} on
     * @param c receives them, row after row of as many as the block has columns
     */
    void multiply(int row, int rows, int block, float[] c);

    /** How many columns a block has where C has so many. */
    static int width(int block, int columns) {
        return Math.min(WIDTH, columns - block * WIDTH);
    }

    /**
     * Checks that there is a product.
     *
     * @throws IllegalArgumentException if A and B have different inner sides
     */
    static void requireFits(Matrix at, Matrix b) {
        if (at.rows() != b.rows()) {
            throw new IllegalArgumentException(
                    "no product of (%d x %d)' and %d x %d"
                            .formatted(at.rows(), at.columns(), b.rows(), b.columns()));
        }
    }
}
