package dev.deltapress.linalg;

import java.util.Arrays;
import java.util.List;

/**
 * Eigenvectors of a symmetric tridiagonal matrix from accurate eigenvalues, by inverse iteration
 * with an LU factorisation of T - λI. Work space is reused from call to call: for one thread.
 */
final class InverseIteration {

    private static final double U = 0x1p-53;

    /** Two are usual, one more where a cluster leaves little of the first start. */
    private static final int MAX_ROUNDS = 6;

    private final double[] d;
    private final double[] e;
    private final double norm;

    /**
     * U of the factorisation: diagonal and two above it; multipliers of L; whether rows swapped.
     */
    private final double[] u0;

    private final double[] u1;
    private final double[] u2;
    private final double[] l;
    private final boolean[] swapped;
    private final double[] x;

    /**
     * @param norm of the matrix, any
     */
    InverseIteration(double[] d, double[] e, double norm) {
        int n = d.length;
        this.d = d;
        this.e = e;
        this.norm = norm;
        this.u0 = new double[n];
        this.u1 = new double[n];
        this.u2 = new double[n];
        this.l = new double[n];
        this.swapped = new boolean[n];
        this.x = new double[n];
    }

    /**
     * The unit eigenvector of one eigenvalue of the block {@code [first, end)}.
     *
     * @param seed of the random start; another one for each vector
     * @param cluster vectors of the same block that it is to be orthogonal to
     * @return its elements first to end - 1
     */
    double[] solve(int first, int end, double value, int seed, List<double[]> cluster) {
        int m = end - first;
        factor(first, m, value);
        start(m, seed);
        double enough = 1 / (8 * Math.sqrt(m) * U * norm);
        int more = 1;
        for (int round = 0; round < MAX_ROUNDS && more >= 0; round++) {
            solve(m);
            // The length is the inverse of the residual; in a cluster, of what is left of it.
            double length = length(m);
            scale(m, 1 / length);
            for (int pass = 0; pass < 2; pass++) {
                for (double[] before : cluster) {
                    takeOut(before, m);
                }
                double left = length(m);
                length *= left;
                scale(m, 1 / left);
            }
            if (length >= enough) {
                more--;
            }
        }
        return Arrays.copyOf(x, m);
    }

    private void factor(int first, int m, double value) {
        double smallest = Math.max(U * norm, Double.MIN_NORMAL);
        double pivot = d[first] - value;
        double right = m > 1 ? e[first] : 0;
        for (int i = 0; i < m - 1; i++) {
            double below = e[first + i];
            double next = d[first + i + 1] - value;
            double afterNext = i < m - 2 ? e[first + i + 1] : 0;
            swapped[i] = Math.abs(below) > Math.abs(pivot);
            if (swapped[i]) {
                u0[i] = below;
                u1[i] = next;
                u2[i] = afterNext;
                l[i] = pivot / below;
                pivot = right - l[i] * next;
                right = -l[i] * afterNext;
            } else {
                u0[i] = Math.abs(pivot) < smallest ? smallest : pivot;
                u1[i] = right;
                u2[i] = 0;
                l[i] = below / u0[i];
                pivot = next - l[i] * right;
                right = afterNext;
            }
        }
        u0[m - 1] = Math.abs(pivot) < smallest ? smallest : pivot;
    }

    /** Numbers in [-1, 1) that differ from vector to vector and hide from none. */
    private void start(int m, int seed) {
        for (int i = 0; i < m; i++) {
            x[i] = SplitMix.at(((long) seed << 32) + i) * 0x1p-63;
        }
    }

    /** Replaces x by the solution of (T - λI) y = x. */
    private void solve(int m) {
        for (int i = 0; i < m - 1; i++) {
            if (swapped[i]) {
                double upper = x[i];
                x[i] = x[i + 1];
                x[i + 1] = upper - l[i] * x[i];
            } else {
                x[i + 1] -= l[i] * x[i];
            }
        }
        double y1 = 0;
        double y2 = 0;
        for (int i = m - 1; i >= 0; i--) {
            double y = (x[i] - (i < m - 1 ? u1[i] * y1 : 0) - (i < m - 2 ? u2[i] * y2 : 0)) / u0[i];
            x[i] = y;
            y2 = y1;
            y1 = y;
        }
    }

    private double length(int m) {
        double largest = 0;
        for (int i = 0; i < m; i++) {
            largest = Math.max(largest, Math.abs(x[i]));
        }
        double squares = 0;
        for (int i = 0; i < m; i++) {
            squares += x[i] / largest * (x[i] / largest);
        }
        return largest * Math.sqrt(squares);
    }

    private void scale(int m, double factor) {
        for (int i = 0; i < m; i++) {
            x[i] *= factor;
        }
    }

    private void takeOut(double[] vector, int m) {
        double dot = 0;
        for (int i = 0; i < m; i++) {
            dot += x[i] * vector[i];
        }
        for (int i = 0; i < m; i++) {
            x[i] -= dot * vector[i];
        }
    }
}
