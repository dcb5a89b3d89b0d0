package dev.deltapress.linalg;

import dev.deltapress.parallel.Team;

import java.lang.foreign.Arena;
import java.util.Arrays;

/**
 * Householder reduction of a symmetric matrix to tridiagonal form, A = Q T Qᵀ, in fp64; Q is
 * applied in fp32. Source: Golub and Van Loan, "Matrix Computations", 4th edition, section 8.3.1,
 * from the last row upwards so that every loop runs along a row of the lower triangle.
 *
 * <p>A step updates the triangle by the last reflector and multiplies it with the next one in the
 * same pass, since from some hundred rows on memory is what it waits for.
 */
final class Tridiagonal {

    /** Squared length below which a row counts as zero; the matrix is scaled to about 1. */
    private static final double NOTHING = 0x1p-900;

    /** Reflectors that are applied as one product. */
    private static final int BLOCK = 96;

    /** Rows from which a pass is cut into pieces; below, sharing costs more than it saves. */
    private static final int SHARED = 768;

    private static final int PIECES = 4;

    private final Kernels kernels;
    private final Team team;
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
        this.team = kernels.team();
        this.n = n;
        this.v = a;
        this.h = new double[n];
        this.diagonal = new double[n];
        this.subdiagonal = new double[n];
        reduce();
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

    private void reduce() {
        double[] w = new double[n];
        double[][] parts = new double[PIECES][n];
        int before = 0; // row of the reflector that rows above have yet to meet, or 0
        for (int i = n - 1; i > 0; i--) {
            kernels.reduceRows(v, n, before, w, 0, w, i, i + 1);
            if (makeReflector(i)) {
                double[] product = updateAndMultiply(i, before, w, parts);
                double half = kernels.dot(v, n * i, product, 0, i) / (2 * h[i]);
                kernels.axpy(-half, v, n * i, product, 0, i);
                System.arraycopy(product, 0, w, 0, i);
                before = i;
            } else {
                kernels.reduceRows(v, n, before, w, 0, w, 0, i);
                before = 0;
            }
        }
        kernels.reduceRows(v, n, before, w, 0, w, 0, 1);
    }

    /** Reflector i zeroes row i before column i - 1; false if it is zero there already. */
    private boolean makeReflector(int i) {
        int row = n * i;
        int last = row + i - 1;
        if (kernels.dot(v, row, v, row, i - 1) < NOTHING) {
            subdiagonal[i - 1] = v[last];
            return false;
        }
        double squares = kernels.dot(v, row, v, row, i);
        double beta = -Math.copySign(Math.sqrt(squares), v[last]);
        h[i] = squares - v[last] * beta;
        v[last] -= beta;
        subdiagonal[i - 1] = beta;
        return true;
    }

    /**
     * Updates the first i rows by the reflector before, and multiplies them by reflector i.
     *
     * @return A v / h in its first i elements; reused by the next call
     */
    private double[] updateAndMultiply(int i, int before, double[] w, double[][] parts) {
        int pieces = i < SHARED ? 1 : PIECES;
        team.forEach(
                pieces,
                piece -> {
                    double[] product = parts[piece];
                    Arrays.fill(product, 0, i, 0);
                    int from = start(piece, pieces, i);
                    int to = start(piece + 1, pieces, i);
                    kernels.reduceRows(v, n, before, w, i, product, from, to);
                });
        double[] sum = parts[0];
        for (int piece = 1; piece < pieces; piece++) {
            kernels.axpy(1, parts[piece], 0, sum, 0, i);
        }
        for (int j = 0; j < i; j++) {
            sum[j] /= h[i];
        }
        return sum;
    }

    /** Rows are cut so that each piece of the triangle has about the same area. */
    private static int start(int piece, int pieces, int rows) {
        return piece == pieces ? rows : (int) (rows * Math.sqrt((double) piece / pieces));
    }

    /**
     * Takes eigenvectors of T to eigenvectors of A: z = Q z.
     *
     * @param z n rows; columns are vectors
     */
    void toEigenvectors(Matrix z) {
        for (int first = 1; first < n; first += BLOCK) {
            reflect(z, first, Math.min(n, first + BLOCK));
        }
    }

    /**
     * Applies reflectors {@code [first, end)}, in this order, as one product: I - Vᵀ S V, whose V
     * holds a vector in each row. Source: Schreiber and Van Loan, "A storage-efficient WY
     * representation for products of Householder transformations", SIAM J. Sci. Stat. Comput. 10
     * (1989).
     */
    private void reflect(Matrix z, int first, int end) {
        int count = end - first;
        Matrix top = z.rowRange(0, end - 1);
        try (Arena arena = Arena.ofShared()) {
            Matrix vs = Matrix.allocate(arena, count, end - 1);
            for (int j = 0; j < count; j++) {
                copyReflector(first + j, vs, j);
            }
            Matrix products = Matrix.allocate(arena, count, z.columns());
            Matrix factors = Matrix.allocate(arena, count, z.columns());
            kernels.multiply(vs, false, top, false, products);
            kernels.multiply(triangle(arena, vs), false, products, false, factors);
            kernels.subtractProduct(vs, true, factors, false, top);
        }
    }

    /** Row j = v of reflector i, at a length that fp32 holds whatever the matrix. */
    private void copyReflector(int i, Matrix vs, int j) {
        if (h[i] == 0) {
            return;
        }
        double scale = 1 / Math.sqrt(h[i]);
        float[] row = new float[i];
        for (int p = 0; p < i; p++) {
            row[p] = (float) (v[n * i + p] * scale);
        }
        vs.setRow(j, 0, i, row);
    }

    /**
     * S, lower triangular. That 2 / |v|² is taken from the vectors as they were rounded makes each
     * of them an orthogonal reflector again.
     */
    private Matrix triangle(Arena arena, Matrix vs) {
        int count = vs.rows();
        double[] gram = new double[count * count];
        kernels.wideInnerProducts(vs, vs, gram, 0, count);
        double[] s = new double[count * count];
        Matrix triangle = Matrix.allocate(arena, count, count);
        for (int j = 0; j < count; j++) {
            double squares = gram[count * j + j];
            double factor = squares > 0 ? 2 / squares : 0;
            for (int l = 0; l < j; l++) {
                kernels.axpy(-factor * gram[count * j + l], s, count * l, s, count * j, l + 1);
            }
            s[count * j + j] = factor;
            for (int l = 0; l <= j; l++) {
                triangle.set(j, l, (float) s[count * j + l]);
            }
        }
        return triangle;
    }
}
