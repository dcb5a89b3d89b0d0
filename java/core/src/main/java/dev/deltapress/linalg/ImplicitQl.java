package dev.deltapress.linalg;

/**
 * Eigenvalues of a symmetric tridiagonal matrix by the implicit QL iteration with Wilkinson's
 * shift. Source: Golub and Van Loan, "Matrix Computations", 4th edition, section 8.3.5 (there as
 * QR, from the other end); Dubrulle, Martin and Wilkinson, "The implicit QL algorithm", Numerische
 * Mathematik 12 (1968).
 */
final class ImplicitQl {

    /** Between one and two are usual. */
    private static final int MAX_SWEEPS_PER_VALUE = 60;

    private final double[] d;
    private final double[] e;
    private final RotationLog log;

    /** Couplings up to this are zero: the rounding error of the matrix itself. */
    private final double negligible;

    private ImplicitQl(double[] d, double[] e, RotationLog log) {
        this.d = d;
        this.e = e;
        this.log = log;
        double norm = 0;
        for (int i = 0; i < d.length; i++) {
            norm = Math.max(norm, Math.abs(d[i]) + Math.abs(e[i]));
        }
        this.negligible = 0x1p-53 * norm;
    }

    /**
     * Replaces d by the eigenvalues, in no order, and tells every sweep of rotations to the log.
     *
     * @param d diagonal, n elements
     * @param e subdiagonal, n elements, the last one 0; overwritten
     */
    static void run(double[] d, double[] e, RotationLog log) {
        ImplicitQl ql = new ImplicitQl(d, e, log);
        for (int first = 0; first < d.length; first++) {
            int sweeps = 0;
            for (int last = ql.endOfBlock(first); last > first; last = ql.endOfBlock(first)) {
                if (sweeps++ == MAX_SWEEPS_PER_VALUE) {
                    throw new ArithmeticException(
                            "eigenvalue %d of %d did not settle".formatted(first, d.length));
                }
                ql.sweep(first, last);
            }
        }
    }

    /** The last index of the unreduced block that starts at first. */
    private int endOfBlock(int first) {
        int last = first;
        while (last < d.length - 1 && Math.abs(e[last]) > negligible) {
            last++;
        }
        return last;
    }

    /** One QL step on the block first .. last: a bulge chased from the bottom to the top. */
    private void sweep(int first, int last) {
        log.begin(last, last - first);
        double g = d[last] - shift(first);
        double s = 1;
        double c = 1;
        double p = 0;
        for (int i = last - 1; i >= first; i--) {
            double f = s * e[i];
            double b = c * e[i];
            double r = Math.hypot(f, g);
            e[i + 1] = r;
            // r = 0: the matrix splits here by itself, and no rotation is needed
            s = r == 0 ? 0 : f / r;
            c = r == 0 ? 1 : g / r;
            g = d[i + 1] - p;
            double t = (d[i] - g) * s + 2 * c * b;
            p = s * t;
            d[i + 1] = g + p;
            g = c * t - b;
            log.rotate(c, s);
        }
        d[first] -= p;
        e[first] = g;
        e[last] = 0;
    }

    /** The eigenvalue of the leading 2 x 2 block that is nearer to its first element. */
    private double shift(int first) {
        double half = (d[first + 1] - d[first]) / (2 * e[first]);
        double r = Math.hypot(half, 1);
        return d[first] - e[first] / (half + Math.copySign(r, half));
    }
}
