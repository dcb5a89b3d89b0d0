package dev.deltapress.linalg;

import java.util.Arrays;

/**
 * Householder reduction of a symmetric matrix to tridiagonal form, A = Q T Qᵀ, in fp64. Source:
 * Golub and Van Loan, "Matrix Computations", 4th edition, section 8.3.1, from the last row upwards
 * so that every loop runs along a row of the lower triangle.
 */
final class Tridiagonal {

    /** Squared length below which a row counts as zero; the matrix is scaled to about 1. */
    private static final double NOTHING = 0x1p-900;

    /** Vectors that meet one reflector before the next: so that they stay in the L2 cache. */
    private static final int BLOCK = 16;

    private final Kernels kernels;
    private final int n;

    /** Row i holds, before column i, the v of reflector i: H = I - v vᵀ / h. */
    private final double[] v;

    private final double[] h;
    private final double[] diagonal;
    private final double[] subdiagonal;

    /**
     * Reduces a matrix.
     *
     * @param a n x n, row-major; only the lower triangle is read; overwritten and kept
     */
    Tridiagonal(Kernels kernels, double[] a, int n) {
        this.kernels = kernels;
        this.n = n;
        this.v = a;
        this.h = new double[n];
        this.diagonal = new double[n];
        this.subdiagonal = new double[n];
        double[] w = new double[n];
        for (int i = n - 1; i > 0; i--) {
            reduceRow(i, w);
        }
        for (int i = 0; i < n; i++) {
            diagonal[i] = a[n * i + i];
        }
    }

    double[] diagonal() {
        return diagonal;
    }

    /** Element i couples i and i + 1; the last one is 0. */
    double[] subdiagonal() {
        return subdiagonal;
    }

    /** Reflector i: zero row i before column i - 1, in the matrix of the first i rows. */
    private void reduceRow(int i, double[] w) {
        int row = n * i;
        int last = row + i - 1;
        if (kernels.dot(v, row, v, row, i - 1) < NOTHING) {
            subdiagonal[i - 1] = v[last];
            return; // h = 0: no reflection
        }
        double squares = kernels.dot(v, row, v, row, i);
        double beta = -Math.copySign(Math.sqrt(squares), v[last]);
        h[i] = squares - v[last] * beta;
        v[last] -= beta;
        subdiagonal[i - 1] = beta;
        multiply(i, w);
        kernels.axpy(-kernels.dot(v, row, w, 0, i) / (2 * h[i]), v, row, w, 0, i);
        for (int j = 0; j < i; j++) {
            kernels.axpy(-v[row + j], w, 0, v, n * j, j + 1);
            kernels.axpy(-w[j], v, row, v, n * j, j + 1);
        }
    }

    /** w = A v / h with the first i rows of A, of which the lower triangle is stored. */
    private void multiply(int i, double[] w) {
        int row = n * i;
        Arrays.fill(w, 0, i, 0);
        for (int j = 0; j < i; j++) {
            double vj = v[row + j] / h[i];
            kernels.axpy(vj, v, n * j, w, 0, j);
            w[j] += kernels.dot(v, n * j, v, row, j + 1) / h[i];
        }
    }

    /** Takes eigenvectors of T, the rows of z, to eigenvectors of A: z = Q z. */
    void toEigenvectors(double[] z) {
        int count = z.length / Math.max(n, 1);
        for (int block = 0; block < count; block += BLOCK) {
            int end = Math.min(block + BLOCK, count);
            for (int i = 1; i < n; i++) {
                for (int k = block; h[i] != 0 && k < end; k++) {
                    double d = kernels.dot(v, n * i, z, n * k, i);
                    kernels.axpy(-d / h[i], v, n * i, z, n * k, i);
                }
            }
        }
    }
}
