package dev.deltapress.method;

import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.delta.MaskKey.Side;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/**
 * Keep rates of singular vectors under a budget of bytes. Masks are drawn and survivors counted, so
 * that what is promised is what will be written.
 *
 * <p>Thresholds are scaled by one common factor, a multiple of 2^-16, in integers alone.
 */
final class Thinning {
    /** The common factor that leaves thresholds as they are. */
    private static final int ONE = 1 << 16;

    private static final int LARGEST_FACTOR = ONE << 5;

    private final int rows;
    private final int columns;
    private final MaskKey key;
    private final long budget;
    private final List<int[]> draws = new ArrayList<>();
    private final List<Long> natural = new ArrayList<>();

    /**
     * @param budget bytes of the factor block
     */
    Thinning(int rows, int columns, MaskKey key, long budget) {
        this.rows = rows;
        this.columns = columns;
        this.key = key;
        this.budget = budget;
    }

    /** Takes one more component with that keep rate. */
    void add(double keep) {
        int component = natural.size();
        long threshold = (long) StrictMath.rint(keep * MaskKey.KEEP_ALL);
        natural.add(Math.clamp(threshold, 1, MaskKey.KEEP_ALL));
        draws.add(key.draws(Side.U, component, rows));
        draws.add(key.draws(Side.V, component, columns));
    }

    /** Gives the last component back. */
    void removeLast() {
        natural.removeLast();
        draws.removeLast();
        draws.removeLast();
    }

    int components() {
        return natural.size();
    }

    /** Whether the components fit the budget at their own keep rates. */
    boolean fits() {
        return fits(ONE);
    }

    /** Whether more than 1% of the budget is left even with every entry kept. */
    boolean leavesUnspent() {
        long entries = (long) natural.size() * (rows + columns);
        return FactorBlock.byteSize(natural.size(), entries) < 0.99 * budget;
    }

    /**
     * Thresholds scaled by the largest common factor that fits the budget.
     *
     * @param mayRaise whether the factor may be above 1
     * @return null if not even single entries fit
     */
    long @Nullable [] fitted(boolean mayRaise) {
        int low = 0;
        int high = (mayRaise ? LARGEST_FACTOR : ONE) + 1;
        while (high - low > 1) {
            int middle = (low + high) >>> 1;
            if (fits(middle)) {
                low = middle;
            } else {
                high = middle;
            }
        }
        if (low == 0) {
            return null;
        }
        long[] thresholds = new long[natural.size()];
        for (int k = 0; k < thresholds.length; k++) {
            thresholds[k] = scaled(k, low);
        }
        return thresholds;
    }

    private boolean fits(int factor) {
        long survivors = 0;
        for (int k = 0; k < natural.size(); k++) {
            long threshold = scaled(k, factor);
            survivors += MaskKey.countSurvivors(draws.get(2 * k), rows, threshold);
            survivors += MaskKey.countSurvivors(draws.get(2 * k + 1), columns, threshold);
        }
        return FactorBlock.byteSize(natural.size(), survivors) <= budget;
    }

    private long scaled(int component, int factor) {
        return Math.clamp((natural.get(component) * factor) >>> 16, 1, MaskKey.KEEP_ALL);
    }
}
