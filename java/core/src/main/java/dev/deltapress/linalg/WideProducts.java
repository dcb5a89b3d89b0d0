package dev.deltapress.linalg;

import java.util.Arrays;

/**
 * Products of fp32 matrices in fp64: squares of fp32 numbers are exact there, and sums keep 29 bits
 * more than the data have.
 *
 * <p>The matrix is widened in chunks of columns, so the work space is a few rows x {@value #CHUNK}
 * doubles. Chunks are added in order; their width is part of what fixes the bits.
 */
public final class WideProducts {

    /** Columns widened at a time: a row of them (4 kB) stays in the L1 cache. */
    private static final int CHUNK = 512;

    /** Rows against which others are multiplied before the next: 512 kB, for the L2 cache. */
    private static final int BLOCK = 128;

    private final Kernels kernels;

    public WideProducts(Kernels kernels) {
        this.kernels = kernels;
    }

    /**
     * The Gram matrix of the rows of op(A): G = op(A) op(A)ᵀ.
     *
     * @param transpose whether op transposes, so that G = AᵀA
     * @return rows x rows of op(A), row-major, exactly symmetric
     * @throws ArithmeticException if an array cannot hold it (more than 46340 rows)
     */
    public double[] gram(Matrix a, boolean transpose) {
        Operand rows = new Operand(a, transpose);
        int n = rows.rows();
        double[] g = new double[Math.multiplyExact(n, n)];
        forEachChunk(rows, (chunk, column, width) -> addGram(chunk, width, n, g));
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < i; j++) {
                g[n * j + i] = g[n * i + j];
            }
        }
        return g;
    }

    /**
     * C = W op(A), rounded to fp32 once, at the end.
     *
     * @param w rows of c x rows of op(A), row-major
     */
    void multiply(double[] w, Operand a, Matrix c) {
        double[] sums = new double[Math.multiplyExact(c.rows(), CHUNK)];
        forEachChunk(
                a,
                (chunk, column, width) -> {
                    Arrays.fill(sums, 0);
                    addProduct(w, chunk, width, a.rows(), c.rows(), sums);
                    for (int i = 0; i < c.rows(); i++) {
                        for (int j = 0; j < width; j++) {
                            c.set(i, column + j, (float) sums[CHUNK * i + j]);
                        }
                    }
                });
    }

    /** Adds W times one chunk to the sums; n rows in the chunk, {@code count} in W and the sums. */
    private void addProduct(
            double[] w, double[] chunk, int width, int n, int count, double[] sums) {
        for (int block = 0; block < n; block += BLOCK) {
            int end = Math.min(block + BLOCK, n);
            for (int i = 0; i < count; i++) {
                for (int j = block; j < end; j++) {
                    kernels.axpy(w[n * i + j], chunk, CHUNK * j, sums, CHUNK * i, width);
                }
            }
        }
    }

    /** Adds the products of the rows of one chunk to the lower triangle of g. */
    private void addGram(double[] chunk, int width, int n, double[] g) {
        for (int block = 0; block < n; block += BLOCK) {
            for (int i = block; i < n; i++) {
                int end = Math.min(block + BLOCK, i + 1);
                for (int j = block; j < end; j++) {
                    g[n * i + j] += kernels.dot(chunk, CHUNK * i, chunk, CHUNK * j, width);
                }
            }
        }
    }

    private interface ChunkConsumer {
        /** Row i of the chunk is {@code chunk[CHUNK * i .. CHUNK * i + width)}. */
        void accept(double[] chunk, int column, int width);
    }

    private static void forEachChunk(Operand a, ChunkConsumer consumer) {
        double[] chunk = new double[Math.multiplyExact(a.rows(), CHUNK)];
        for (int column = 0; column < a.columns(); column += CHUNK) {
            int width = Math.min(CHUNK, a.columns() - column);
            a.copyRows(column, width, chunk, CHUNK);
            consumer.accept(chunk, column, width);
        }
    }
}
