package dev.deltapress.linalg;

import dev.deltapress.parallel.Team;

/**
 * The loops in which linear algebra spends its time. QR, eigenproblem and SVD are one algorithm
 * each, written over these: {@link ScalarKernels} gives the meaning, {@link VectorKernels} the
 * speed.
 *
 * <p>Results are the same bits for every implementation, vector width and number of threads, since
 * each method fixes the order of its additions. (NaN and infinities propagate, but their bits are
 * not promised.) Implementations are immutable; any number of threads may use one.
 */
public interface Kernels {

    /** Number of partial sums of a {@link #dot}. */
    int STRIPES = 32;

    /** Number of columns of the matrices of {@link #rotateRows}. */
    int STRIP = 32;

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
     * The inner product of {@code length} elements of x and y. Stripe j of {@link #STRIPES} starts
     * at +0 and takes the terms j, j + STRIPES, j + 2 STRIPES, ... by fused multiply-add; {@link
     * #sumOfStripes} adds the stripes.
     */
    double dot(double[] x, int xFrom, double[] y, int yFrom, int length);

    /** y += alpha x, one fused multiply-add per element; the two ranges may not overlap. */
    void axpy(double alpha, double[] x, int xFrom, double[] y, int yFrom, int length);

    /**
     * A sweep of plane rotations over the rows of a narrow row-major matrix z. Rotation t has
     * cosine c and sine s and takes rows i = bottomRow - 1 - t and i + 1 to
     *
     * <pre>
     *   z[i]   = fma(c, z[i], -(s * z[i+1]))
     *   z[i+1] = fma(s, z[i], c * z[i+1])
     * </pre>
     *
     * where the right sides are the old rows; t = 0, 1, ..., count - 1 in this order, so the sweep
     * climbs.
     *
     * @param strip rows of {@link #STRIP} elements
     */
    void rotateRows(double[] strip, RotationSweep sweep);

    /** Adds partial sums pairwise: j and j + 16, then j and j + 8, ...; overwrites them. */
    static double sumOfStripes(double[] stripes) {
        for (int half = STRIPES / 2; half > 0; half /= 2) {
            for (int j = 0; j < half; j++) {
                stripes[j] += stripes[j + half];
            }
        }
        return stripes[0];
    }
}
