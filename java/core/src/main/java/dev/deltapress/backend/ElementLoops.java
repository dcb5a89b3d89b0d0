package dev.deltapress.backend;

import dev.deltapress.linalg.SparseProduct;
import dev.deltapress.tensor.Chunk;
import dev.deltapress.tensor.Elements;

/**
 * The element-wise loops of {@link JavaBackend}, chunk by chunk. Operands of a call have the same
 * number of elements.
 */
final class ElementLoops {
    /** Partial sums of a sum of squares. */
    static final int STRIPES = 512;

    /** Rows of a product at a time: what is kept of their sums fits the L2 cache. */
    private static final int ROWS = 64;

    private ElementLoops() {}

    /**
     * out = tuned - base, each widened to f32, subtracted in f32.
     *
     * @param out F32
     * @return how many differences are NaN or infinite
     */
    static long subtract(Elements tuned, Elements base, Elements out) {
        Chunk left = new Chunk();
        Chunk right = new Chunk();
        long nonFinite = 0;
        for (long at = 0; at < out.count(); at += Chunk.SIZE) {
            int count = length(out, at);
            left.read(tuned, at, count);
            right.read(base, at, count);
            subtract(left.values(), right.values(), count);
            nonFinite += left.nonFinite(count);
            left.write(out, at, count);
        }
        return nonFinite;
    }

    /**
     * out = base + delta, added in f32 and rounded once.
     *
     * @param delta F32
     * @return how many finite sums became infinite by rounding
     */
    static long add(Elements base, Elements delta, Elements out) {
        Chunk left = new Chunk();
        Chunk right = new Chunk();
        long overflows = 0;
        for (long at = 0; at < out.count(); at += Chunk.SIZE) {
            int count = length(out, at);
            left.read(base, at, count);
            right.read(delta, at, count);
            add(left.values(), right.values(), count);
            overflows += left.overflows(out.dtype(), count);
            left.write(out, at, count);
        }
        return overflows;
    }

    /**
     * out = base + rows of a product, added in f32 and rounded once.
     *
     * @param row of the product that is the first of these
     * @return how many finite sums became infinite by rounding
     */
    static long addRows(SparseProduct product, int row, MatrixView base, MatrixView out) {
        long overflows = 0;
        for (int from = 0; from < base.rows(); from += ROWS) {
            int to = Math.min(base.rows(), from + ROWS);
            overflows +=
                    addBlock(product, row + from, base.rowRange(from, to), out.rowRange(from, to));
        }
        return overflows;
    }

    private static long addBlock(SparseProduct product, int row, MatrixView base, MatrixView out) {
        Chunk left = new Chunk();
        Chunk right = new Chunk();
        int columns = base.columns();
        float[] delta = new float[base.rows() * Math.min(columns, SparseProduct.WIDTH)];
        long overflows = 0;
        for (int block = 0; block * SparseProduct.WIDTH < columns; block++) {
            int width = SparseProduct.width(block, columns);
            product.multiply(row, base.rows(), block, delta);
            for (int i = 0; i < base.rows(); i++) {
                long at = (long) i * columns + (long) block * SparseProduct.WIDTH;
                left.read(base.elements(), at, width);
                System.arraycopy(delta, i * width, right.values(), 0, width);
                add(left.values(), right.values(), width);
                overflows += left.overflows(out.dtype(), width);
                left.write(out.elements(), at, width);
            }
        }
        return overflows;
    }

    /**
     * Sums of squares of truth, decoded - truth, and restored - tuned; differences, squares and
     * sums in f64. Stripe j of {@link #STRIPES} starts at +0 and takes the elements j, j + STRIPES,
     * ... in turn; then stripes are added pairwise, j and j + STRIPES / 2 first.
     */
    static ErrorSums compare(Elements truth, Elements decoded, Elements tuned, Elements restored) {
        Chunk left = new Chunk();
        Chunk right = new Chunk();
        double[] delta = new double[STRIPES];
        double[] error = new double[STRIPES];
        double[] restoredError = new double[STRIPES];
        for (long at = 0; at < truth.count(); at += Chunk.SIZE) {
            int count = length(truth, at);
            left.read(truth, at, count);
            right.read(decoded, at, count);
            for (int i = 0; i < count; i += STRIPES) {
                int stripes = Math.min(STRIPES, count - i);
                addSquares(left.values(), i, stripes, delta);
                addSquares(right.values(), left.values(), i, stripes, error);
            }
            left.read(tuned, at, count);
            right.read(restored, at, count);
            for (int i = 0; i < count; i += STRIPES) {
                int stripes = Math.min(STRIPES, count - i);
                addSquares(right.values(), left.values(), i, stripes, restoredError);
            }
        }
        return new ErrorSums(sum(delta), sum(error), sum(restoredError));
    }

    private static int length(Elements elements, long at) {
        return (int) Math.min(Chunk.SIZE, elements.count() - at);
    }

    private static void subtract(float[] x, float[] y, int count) {
        for (int i = 0; i < count; i++) {
            x[i] -= y[i];
        }
    }

    private static void add(float[] x, float[] y, int count) {
        for (int i = 0; i < count; i++) {
            x[i] += y[i];
        }
    }

    private static void addSquares(float[] x, int from, int stripes, double[] sums) {
        for (int j = 0; j < stripes; j++) {
            double value = x[from + j];
            sums[j] += value * value;
        }
    }

    private static void addSquares(float[] x, float[] y, int from, int stripes, double[] sums) {
        for (int j = 0; j < stripes; j++) {
            double value = (double) x[from + j] - y[from + j];
            sums[j] += value * value;
        }
    }

    private static double sum(double[] stripes) {
        for (int half = STRIPES / 2; half > 0; half /= 2) {
            for (int j = 0; j < half; j++) {
                stripes[j] += stripes[j + half];
            }
        }
        return stripes[0];
    }
}
