package dev.deltapress.delta;

import java.util.Arrays;

/**
 * Finds scales of grids with a small squared error, for many components at once. Tries a fixed
 * number of scales: first evenly between what suits a normal distribution and what reaches the
 * largest entry, then evenly between the neighbours of the best.
 *
 * <p>Everything is f64 in a fixed order, so that equal sums of squares give equal scales on all
 * backends.
 */
public final class ScaleSearch {
    private static final int STEPS = 8;

    /** How far beyond both rules the search goes. */
    private static final double BELOW = 0.85;

    private static final double ABOVE = 1.05;

    /**
     * Scales of signs are twice the mean magnitude. That is at most twice the root mean square,
     * sqrt(pi / 2) of what suits a normal distribution.
     */
    private static final double ABOVE_FOR_SIGNS = 1.26;

    private final Trial trial;
    private final float[] best;
    private final double[] leastErrors;

    /** What a backend knows of the survivors of components. */
    @FunctionalInterface
    public interface Trial {
        /**
         * Sums of squares of f32(decoded - x) over survivors, in the order of {@code
         * dp_error_sums}: codes of one scale for each component.
         */
        double[] errors(float[] scales);
    }

    private ScaleSearch(Trial trial, int components) {
        this.trial = trial;
        this.best = new float[components];
        this.leastErrors = new double[components];
        Arrays.fill(leastErrors, Double.POSITIVE_INFINITY);
    }

    /**
     * The scale of each component; 0 where all survivors are 0 or there is none.
     *
     * @param largest magnitudes of survivors
     * @param squares their sums of squares
     * @param survivors how many there are
     */
    public static float[] scales(
            Grid grid, int bits, float[] largest, double[] squares, long[] survivors, Trial trial) {
        int components = largest.length;
        double[] low = new double[components];
        double[] step = new double[components];
        float[] levels = grid.codebook(bits).levels();
        int top = levels.length - 1;
        // Beyond the last level as far as its boundary lies before it: no entry is off by more.
        double reach = levels[top] + (levels[top] - levels[top - 1]) / 2.0;
        double above = bits == 1 ? ABOVE_FOR_SIGNS : ABOVE;
        for (int c = 0; c < components; c++) {
            double normal =
                    survivors[c] == 0
                            ? 0
                            : Math.sqrt(squares[c] / survivors[c]) * grid.normalScale(bits);
            double covering = largest[c] / reach;
            low[c] = BELOW * Math.min(normal, covering);
            step[c] = (above * Math.max(normal, covering) - low[c]) / (STEPS - 1);
        }
        ScaleSearch search = new ScaleSearch(trial, components);
        search.tryEvenly(low, step);
        for (int c = 0; c < components; c++) {
            step[c] *= 2.0 / (STEPS + 1);
            low[c] = search.best[c] - step[c] * ((STEPS - 1) / 2.0);
            low[c] = Math.max(low[c], search.best[c] / 2);
        }
        search.tryEvenly(low, step);
        return search.best;
    }

    private void tryEvenly(double[] low, double[] step) {
        float[] scales = new float[low.length];
        for (int i = 0; i < STEPS; i++) {
            for (int c = 0; c < scales.length; c++) {
                scales[c] = (float) (low[c] + i * step[c]);
            }
            double[] errors = trial.errors(scales);
            for (int c = 0; c < scales.length; c++) {
                if (errors[c] < leastErrors[c]) {
                    leastErrors[c] = errors[c];
                    best[c] = scales[c];
                }
            }
        }
    }
}
