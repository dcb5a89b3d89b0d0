package dev.deltapress.delta;

import java.util.Arrays;

/**
 * Sums of squares in f64 in the order that all backends keep. Entries are cut into pieces of 2^20.
 * In a piece, stripe j of 512 starts at +0 and takes the entries j, j + 512, ... in turn; then
 * stripes are added pairwise, j and j + 256 first, down to 1. Pieces are added to +0 in turn.
 */
final class StripedSquares {
    private static final int STRIPES = 512;
    private static final int PIECE_SHIFT = 20;

    private StripedSquares() {}

    /**
     * Of some entries; others add nothing.
     *
     * @param at which entries they are, ascending
     */
    static double sum(float[] x, int[] at, int count) {
        double sum = 0;
        double[] stripes = new double[STRIPES];
        int k = 0;
        while (k < count) {
            int piece = at[k] >> PIECE_SHIFT;
            Arrays.fill(stripes, 0);
            for (; k < count && at[k] >> PIECE_SHIFT == piece; k++) {
                double value = x[k];
                stripes[at[k] % STRIPES] += value * value;
            }
            sum += fold(stripes);
        }
        return sum;
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
