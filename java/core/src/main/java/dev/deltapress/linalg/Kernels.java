package dev.deltapress.linalg;

import dev.deltapress.parallel.Team;

/**
 * The loops in which linear algebra spends its time. QR, eigenproblem and SVD are one algorithm
 * each, written over these: {@link ScalarKernels} gives the meaning, {@link LoopKernels} and {@link
 * VectorKernels} the speed.
 *
 * <p>Results are the same bits for every implementation, vector width and number of threads, since
 * each method fixes the order of its additions. (NaN and infinities propagate, but their bits are
 * not promised.) Implementations are immutable; any number of threads may use one.
 */
public interface Kernels {

    /** Number of partial sums of {@link #innerProducts}. */
    int STRIPES_F32 = 16;

    /** Number of partial sums of {@link #wideInnerProducts} and {@link #dot}. */
    int STRIPES_F64 = 8;

    /** Columns over which these partial sums run before they are added up. */
    int INNER_CHUNK = 1024;

    /** The fastest kernels that this JVM runs; the first call logs which, and why. */
    static Kernels best() {
        return best(Team.alone());
    }

    /** The same, with products shared by a team, which stays the caller's to close. */
    static Kernels best(Team team) {
        return KernelChoice.best(team);
    }

    /** The reference: plain loops, on every JVM. */
    static Kernels scalar() {
        return new ScalarKernels();
    }

    /**
     * C = op(A) op(B) in fp32, where op transposes or does not. An element starts at +0 and takes
     * one fused multiply-add per inner index, in increasing order.
     *
     * @param c rows of op(A) x columns of op(B), overwritten; shares no memory with a or b
     * @throws IllegalArgumentException if the shapes do not fit
     */
    void multiply(Matrix a, boolean transposeA, Matrix b, boolean transposeB, Matrix c);

    /**
     * C = C - op(A) op(B) in fp32: as {@link #multiply}, but an element starts as it is and takes
     * fma(-a, b).
     */
    void subtractProduct(Matrix a, boolean transposeA, Matrix b, boolean transposeB, Matrix c);

    /**
     * C = Aᵀ B in fp32 where many entries of A are zero.
     *
     * @param at inner side x rows of C; neither may change while the product is in use
     * @param b inner side x columns of C
     * @throws IllegalArgumentException if the shapes do not fit
     */
    SparseProduct sparseProduct(Matrix at, Matrix b);

    /**
     * C = A Bᵀ in fp32, quicker than {@link #multiply} where a has few rows, because nothing is
     * transposed. An element is the sum over chunks of {@link #INNER_CHUNK} columns, in order, from
     * +0; a chunk's share is {@link #sumOf16} of {@link #STRIPES_F32} stripes, taken as those of
     * {@link #dot}.
     *
     * @param c rows of a x rows of b, overwritten; shares no memory with a or b
     * @throws IllegalArgumentException if the shapes do not fit
     */
    void innerProducts(Matrix a, Matrix b, Matrix c);

    /**
     * The same in fp64, with {@link #STRIPES_F64} stripes; products of fp32 numbers are exact.
     * Where a and b are the same memory only elements on and below the diagonal are computed.
     *
     * @param c element (i, j) goes to {@code c[from + stride * i + j]}
     */
    void wideInnerProducts(Matrix a, Matrix b, double[] c, int from, int stride);

    /**
     * The inner product of {@code length} elements of x and y. Stripe j of {@link #STRIPES_F64}
     * starts at +0 and takes the terms j, j + 8, j + 16, ... by fused multiply-add; {@link #sumOf8}
     * adds the stripes.
     */
    double dot(double[] x, int xFrom, double[] y, int yFrom, int length);

    /** y += alpha x, one fused multiply-add per element; the two ranges may not overlap. */
    void axpy(double alpha, double[] x, int xFrom, double[] y, int yFrom, int length);

    /**
     * A pass of the reduction of a symmetric matrix to tridiagonal form over rows {@code [from,
     * to)} of its lower triangle. Row j first takes -v_j w - w_j v up to the diagonal, in this
     * order, by fused multiply-adds, where v is row {@code before}. Then the row times the vector u
     * in row {@code next} is added to {@code sums[j]} (in {@link #STRIPES_F64} stripes, the
     * diagonal last), and u_j times the row to the left of the diagonal to {@code sums[0 .. j)}.
     *
     * @param a n x n, row-major
     * @param before 0 to leave the first half out
     * @param next 0 to leave the second half out
     */
    void reduceRows(
            double[] a, int n, int before, double[] w, int next, double[] sums, int from, int to);

    /** Those who share the work. */
    Team team();

    /** The sum of 16 stripes, pairwise: j and j + 8 first, then their sums j and j + 4, ... */
    static float sumOf16(float[] s, int i) {
        float sum0 = (s[i] + s[i + 8]) + (s[i + 4] + s[i + 12]);
        float sum1 = (s[i + 1] + s[i + 9]) + (s[i + 5] + s[i + 13]);
        float sum2 = (s[i + 2] + s[i + 10]) + (s[i + 6] + s[i + 14]);
        float sum3 = (s[i + 3] + s[i + 11]) + (s[i + 7] + s[i + 15]);
        return (sum0 + sum2) + (sum1 + sum3);
    }

    /** The same of 8 stripes in fp64. */
    static double sumOf8(double[] s, int i) {
        double sum0 = s[i] + s[i + 4];
        double sum1 = s[i + 1] + s[i + 5];
        double sum2 = s[i + 2] + s[i + 6];
        double sum3 = s[i + 3] + s[i + 7];
        return (sum0 + sum2) + (sum1 + sum3);
    }
}
