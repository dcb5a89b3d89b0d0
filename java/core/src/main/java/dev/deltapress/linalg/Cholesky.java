package dev.deltapress.linalg;

/**
 * Cholesky factor of a symmetric positive definite matrix in fp64: G = L Lᵀ with L lower
 * triangular. Source: Golub and Van Loan, "Matrix Computations", 4th edition, section 4.2.
 */
final class Cholesky {

    private final Kernels kernels;

    Cholesky(Kernels kernels) {
        this.kernels = kernels;
    }

    /**
     * Replaces the lower triangle of g (n x n, row-major) by L; the rest is not touched.
     *
     * @param minPivot smallest square of a diagonal element of L that is taken for a number
     * @return whether all pivots reached it; if not, g is left half-done
     */
    boolean factor(double[] g, int n, double minPivot) {
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < i; j++) {
                g[n * i + j] = (g[n * i + j] - kernels.dot(g, n * i, g, n * j, j)) / g[n * j + j];
            }
            double pivot = g[n * i + i] - kernels.dot(g, n * i, g, n * i, i);
            if (!(pivot >= minPivot)) {
                return false;
            }
            g[n * i + i] = Math.sqrt(pivot);
        }
        return true;
    }

    /** Replaces b by the x with L Lᵀ x = b. */
    void solve(double[] l, int n, double[] b) {
        solve(l, n, b, 1);
    }

    /** The same for several b, one after the other in memory. */
    void solve(double[] l, int n, double[] b, int count) {
        for (int i = 0; i < n; i++) {
            for (int at = 0; at < n * count; at += n) {
                b[at + i] = (b[at + i] - kernels.dot(l, n * i, b, at, i)) / l[n * i + i];
            }
        }
        for (int i = n - 1; i >= 0; i--) {
            for (int at = 0; at < n * count; at += n) {
                b[at + i] /= l[n * i + i];
                kernels.axpy(-b[at + i], l, n * i, b, at, i);
            }
        }
    }

    /** The inverse of L, lower triangular, zero above the diagonal. */
    double[] invert(double[] l, int n) {
        double[] inverse = new double[n * n];
        for (int i = 0; i < n; i++) {
            double reciprocal = 1 / l[n * i + i];
            for (int j = 0; j < i; j++) {
                double factor = -l[n * i + j] * reciprocal;
                kernels.axpy(factor, inverse, n * j, inverse, n * i, j + 1);
            }
            inverse[n * i + i] = reciprocal;
        }
        return inverse;
    }
}
