package dev.deltapress.linalg;

import java.lang.foreign.Arena;
import java.util.Arrays;

/**
 * Thin QR factorisation of the transpose of a matrix with few long rows: Aᵀ = Q R.
 *
 * <p>Cholesky QR, repeated (Yamamoto, Nakatsukasa, Yanagisawa and Fukaya, "Roundoff error analysis
 * of the CholeskyQR2 algorithm", ETNA 44, 2015), with the Gram matrix in fp64, so that a condition
 * number up to about 1e4 is mended by the next round. Each round measures the orthogonality that it
 * starts from; where that is close, a first-order step ends it. Rows that Cholesky QR cannot
 * separate go to {@link HouseholderQr}.
 */
public final class ThinQr {

    /**
     * Rows are taken for orthogonal when no cosine is greater. Rounding unit vectors to fp32 (unit
     * roundoff 2^-24) changes their inner products by up to 2^-23.
     */
    static final double TOLERANCE = 0x1p-22;

    /** Smallest squared sine of the angle of a row to the span of those before it. */
    private static final double MIN_PIVOT = 1e-8;

    /** Length of a row below which its reciprocal does not fit fp32 well. */
    private static final double MIN_LENGTH = 0x1p-100;

    /** One to approach, one to arrive, one to spare. */
    private static final int ROUNDS = 3;

    private final Kernels kernels;
    private final Cholesky cholesky;

    public ThinQr(Kernels kernels) {
        this.kernels = kernels;
        this.cholesky = new Cholesky(kernels);
    }

    /**
     * Replaces the rows by orthonormal ones, to fp32 accuracy (at most 2^-21 in each element of QᵀQ
     * - I): row i by the normalised part of it that is orthogonal to rows 0 .. i-1. Where nothing
     * is left of a row (it depends on earlier ones, or is zero), an arbitrary but fixed vector
     * completes the basis.
     *
     * @param rows no more rows than columns; finite, no length above 2^100
     * @return the lengths of the rows before
     * @throws IllegalArgumentException if there are more rows than columns
     */
    public double[] orthonormalise(Matrix rows) {
        int n = rows.rows();
        if (n > rows.columns()) {
            throw new IllegalArgumentException(
                    "%d rows of length %d cannot be orthonormal".formatted(n, rows.columns()));
        }
        double[] g = gram(rows);
        double[] lengths = lengths(g, n);
        double[] lengthsBefore = lengths;
        for (int round = 0; round <= ROUNDS && allLongEnough(lengths); round++) {
            if (toCosines(g, lengths) <= TOLERANCE) {
                normalise(rows, lengths);
                return lengthsBefore;
            }
            if (largestRow(g, n) <= TOLERANCE) {
                applyInverse(rows, firstOrderInverse(g, n), lengths);
                return lengthsBefore;
            }
            if (round == ROUNDS || !cholesky.factor(g, n, MIN_PIVOT)) {
                break;
            }
            applyInverse(rows, cholesky.invert(g, n), lengths);
            g = gram(rows);
            lengths = lengths(g, n);
        }
        new HouseholderQr(kernels).orthonormalise(rows);
        return lengthsBefore;
    }

    private double[] gram(Matrix rows) {
        int n = rows.rows();
        double[] g = new double[Math.multiplyExact(n, n)];
        kernels.wideInnerProducts(rows, rows, g, 0, n);
        return g;
    }

    private static double[] lengths(double[] gram, int n) {
        double[] lengths = new double[n];
        for (int i = 0; i < n; i++) {
            lengths[i] = Math.sqrt(gram[n * i + i]);
        }
        return lengths;
    }

    private static boolean allLongEnough(double[] lengths) {
        for (double length : lengths) {
            if (length < MIN_LENGTH) {
                return false;
            }
        }
        return true;
    }

    /**
     * Divides a Gram matrix by the lengths.
     *
     * @return the largest cosine between two rows
     */
    private static double toCosines(double[] g, double[] lengths) {
        int n = lengths.length;
        double largest = 0;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < i; j++) {
                g[n * i + j] /= lengths[i] * lengths[j];
                largest = Math.max(largest, Math.abs(g[n * i + j]));
            }
            g[n * i + i] = 1;
        }
        return largest;
    }

    /** The largest sum of squares of a row of G - I. */
    private static double largestRow(double[] g, int n) {
        double[] squares = new double[n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < i; j++) {
                double square = g[n * i + j] * g[n * i + j];
                squares[i] += square;
                squares[j] += square;
            }
        }
        return Arrays.stream(squares).max().orElse(0);
    }

    /**
     * I less the part of G - I below the diagonal: the inverse of the Cholesky factor but for
     * products of two rows of G - I.
     */
    private static double[] firstOrderInverse(double[] g, int n) {
        double[] inverse = new double[n * n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < i; j++) {
                inverse[n * i + j] = -g[n * i + j];
            }
            inverse[n * i + i] = 1;
        }
        return inverse;
    }

    private static void normalise(Matrix rows, double[] lengths) {
        for (int i = 0; i < rows.rows(); i++) {
            if (Math.abs(lengths[i] - 1) > TOLERANCE / 4) {
                float[] row = rows.row(i);
                for (int j = 0; j < row.length; j++) {
                    row[j] = (float) (row[j] / lengths[i]);
                }
                rows.setRow(i, row);
            }
        }
    }

    /** rows = L⁻¹ D⁻¹ rows, where D holds the lengths. */
    private void applyInverse(Matrix rows, double[] inverse, double[] lengths) {
        int n = lengths.length;
        try (Arena arena = Arena.ofShared()) {
            Matrix factor = Matrix.allocate(arena, n, n);
            for (int i = 0; i < n; i++) {
                float[] row = new float[n];
                for (int j = 0; j <= i; j++) {
                    row[j] = (float) (inverse[n * i + j] / lengths[j]);
                }
                factor.setRow(i, row);
            }
            Matrix before = Matrix.allocate(arena, n, rows.columns());
            before.data().copyFrom(rows.data());
            kernels.multiply(factor, false, before, false, rows);
        }
    }
}
