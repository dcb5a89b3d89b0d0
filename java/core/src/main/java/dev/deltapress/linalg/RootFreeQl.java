package dev.deltapress.linalg;

import java.util.Arrays;

/**
 * Eigenvalues of a symmetric tridiagonal matrix by the QL iteration of Pal, Walker and Kahan, which
 * works on squares of the couplings and takes no roots. Source: Parlett, "The Symmetric Eigenvalue
 * Problem", sections 8.14 and 8.15.
 */
final class RootFreeQl {

    /** Between one and two are usual. */
    private static final int MAX_SWEEPS_PER_VALUE = 60;

    private final double[] d;
    private final double[] squares;
    private final double negligible;

    private RootFreeQl(double[] d, double[] squares, double negligible) {
        this.d = d;
        this.squares = squares;
        this.negligible = negligible;
    }

    /**
     * The eigenvalues of rows {@code [first, end)}, in no order.
     *
     * @param d diagonal
     * @param e element i couples i and i + 1
     * @param negligible couplings up to this are zero
     */
    static double[] eigenvalues(double[] d, double[] e, int first, int end, double negligible) {
        double[] values = Arrays.copyOfRange(d, first, end);
        double[] squares = new double[values.length];
        for (int i = 0; i < values.length - 1; i++) {
            squares[i] = e[first + i] * e[first + i];
        }
        new RootFreeQl(values, squares, negligible * negligible).run();
        return values;
    }

    private void run() {
        for (int first = 0; first < d.length; first++) {
            int sweeps = 0;
            for (int last = endOfBlock(first); last > first; last = endOfBlock(first)) {
                if (sweeps++ == MAX_SWEEPS_PER_VALUE) {
                    throw new ArithmeticException(
                            "eigenvalue %d of %d did not settle".formatted(first, d.length));
                }
                sweep(first, last);
            }
        }
    }

    /** The last index of the unreduced block that starts at first. */
    private int endOfBlock(int first) {
        int last = first;
        while (last < d.length - 1 && squares[last] > negligible) {
            last++;
        }
        return last;
    }

    /** One QL step on the block first .. last. */
    private void sweep(int first, int last) {
        double shift = shift(first);
        double c = 1;
        double s = 0;
        double gamma = d[last] - shift;
        double p = gamma * gamma;
        for (int i = last - 1; i >= first; i--) {
            double square = squares[i];
            double r = p + square;
            squares[i + 1] = s * r; // 0 at first, where the block ends
            double cBefore = c;
            c = p / r;
            s = square / r;
            double gammaBefore = gamma;
            double alpha = d[i];
            gamma = c * (alpha - shift) - s * gammaBefore;
            d[i + 1] = gammaBefore + (alpha - gamma);
            p = c == 0 ? cBefore * square : gamma * gamma / c;
        }
        squares[first] = s * p;
        d[first] = shift + gamma;
    }

    /** The eigenvalue of the leading 2 x 2 block that is nearer to its first element. */
    private double shift(int first) {
        double coupling = Math.sqrt(squares[first]);
        double half = (d[first + 1] - d[first]) / (2 * coupling);
        double r = Math.sqrt(half * half + 1);
        return d[first] - coupling / (half + Math.copySign(r, half));
    }
}
