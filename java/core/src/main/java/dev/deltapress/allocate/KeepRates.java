package dev.deltapress.allocate;

import dev.deltapress.delta.MaskKey;

import org.jspecify.annotations.Nullable;

/**
 * Keep rates under a budget for components whose widths are given: ImPart's Algorithm 3 (Yang et
 * al., ACL 2025, appendix), with one common factor on the rates of Algorithm 1 as the unknown.
 *
 * <p>Thresholds are keep rates times 2^32; the factor is a multiple of 2^-16, in integers alone.
 */
public final class KeepRates {
    /** The common factor that leaves thresholds as they are. */
    private static final int ONE = 1 << 16;

    private static final int LARGEST_FACTOR = ONE << 5;

    /** What one component costs. */
    @FunctionalInterface
    public interface Cost {
        /**
         * Cost at a threshold, in the unit of the budget: survivors counted in a mask, or how many
         * there are in the mean. Must not fall as the threshold rises.
         *
         * @param threshold 1 to 2^32
         */
        long of(int component, long threshold);
    }

    private KeepRates() {}

    /**
     * Thresholds scaled by the largest common factor up to 32 that fits the budget.
     *
     * @param thresholds before scaling, 1 to 2^32
     * @param cost asked for 22 thresholds of each component at most
     * @return null if not even single entries fit
     */
    public static long @Nullable [] fitted(long[] thresholds, Cost cost, long budget) {
        int low = 0;
        int high = LARGEST_FACTOR + 1;
        while (high - low > 1) {
            int middle = (low + high) >>> 1;
            if (fits(thresholds, middle, cost, budget)) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low == 0 ? null : scaled(thresholds, low);
    }

    private static boolean fits(long[] thresholds, int factor, Cost cost, long budget) {
        long left = budget;
        for (int k = 0; k < thresholds.length && left >= 0; k++) {
            left -= cost.of(k, scaled(thresholds[k], factor));
        }
        return left >= 0;
    }

    private static long[] scaled(long[] thresholds, int factor) {
        long[] scaled = new long[thresholds.length];
        for (int k = 0; k < scaled.length; k++) {
            scaled[k] = scaled(thresholds[k], factor);
        }
        return scaled;
    }

    private static long scaled(long threshold, int factor) {
        return Math.clamp((threshold * factor) >>> 16, 1, MaskKey.KEEP_ALL);
    }
}
