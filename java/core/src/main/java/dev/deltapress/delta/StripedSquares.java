package dev.deltapress.delta;

import java.util.Arrays;

/**
 * Sums of squares in f64 in the order that all backends keep. Numbers are cut into pieces of 2^20.
 * In a piece, stripe j of 512 starts at +0 and takes the numbers j, j + 512, ... in turn; then
 * stripes are added pairwise, j and j + 256 first, down to 1. Pieces are added to +0 in turn.
 */
final class StripedSquares {
    private static final int STRIPES = 512;
    private static final int PIECE = 1 << 20;

    private StripedSquares() {}

    static double sum(float[] x, int count) {
        double sum = 0;
        double[] stripes = new double[STRIPES];
        for (int piece = 0; piece < count; piece += PIECE) {
            Arrays.fill(stripes, 0);
            int end = Math.min(count, piece + PIECE);
            for (int from = piece; from < end; from += STRIPES) {
                add(x, from, Math.min(STRIPES, end - from), stripes);
            }
            sum += fold(stripes);
        }
        return sum;
    }

    private static void add(float[] x, int from, int count, double[] stripes) {
        for (int j = 0; j < count; j++) {
            double value = x[from + j];
            stripes[j] += value * value;
        }
    }

    private static double fold(double[] stripes) {
        for (int half = STRIPES / 2; half > 0; half /= 2) {
            for (int j = 0; j < half; j++) {
                stripes[j] += stripes[j + half];
            }
        }
        return stripes[0];
    }
}
