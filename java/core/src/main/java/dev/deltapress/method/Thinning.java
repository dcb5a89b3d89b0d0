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

    /** Standard deviations of a count of survivors that are searched around what is expected. */
    private static final int SEARCHED = 6;

    private final int rows;
    private final int columns;
    private final MaskKey key;
    private final long budget;
    private final List<Long> natural = new ArrayList<>();

    /** Survivors of each component at its own keep rate, and of all. */
    private final List<Long> survivors = new ArrayList<>();

    private long allSurvivors;

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
        long rounded = (long) StrictMath.rint(keep * MaskKey.KEEP_ALL);
        long threshold = Math.clamp(rounded, 1, MaskKey.KEEP_ALL);
        natural.add(threshold);
        survivors.add(
                key.survivors(Side.U, component, rows, threshold)
                        + key.survivors(Side.V, component, columns, threshold));
        allSurvivors += survivors.getLast();
    }

    /** Gives the last component back. */
    void removeLast() {
        natural.removeLast();
        allSurvivors -= survivors.removeLast();
    }

    int components() {
        return natural.size();
    }

    /** Whether the components fit the budget at their own keep rates. */
    boolean fits() {
        return allSurvivors <= affordable();
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
        int factor = largestFitting(mayRaise ? LARGEST_FACTOR : ONE);
        if (factor == 0) {
            return null;
        }
        long[] thresholds = new long[natural.size()];
        for (int k = 0; k < thresholds.length; k++) {
            thresholds[k] = scaled(k, factor);
        }
        return thresholds;
    }

    /** How many values the budget pays for; negative if not even the header. */
    private long affordable() {
        return Math.floorDiv(budget - FactorBlock.headerBytes(natural.size()), Short.BYTES);
    }

    /**
     * The largest factor up to a limit whose survivors the budget pays for, or 0. Masks are drawn
     * once: survivors are counted at a factor that surely fits, and of the entries that join up to
     * one that surely does not, the first too many decides. Where chance makes "surely" wrong, the
     * rest of the range is searched in the same way.
     */
    private int largestFitting(int limit) {
        long affordable = affordable();
        double margin = SEARCHED * Math.sqrt((double) Math.max(1, affordable));
        int low = expectedToFit(affordable - margin, limit);
        int high = Math.min(limit, expectedToFit(affordable + margin, limit) + 1);
        while (true) {
            Joining joining = Joining.between(low, high, this);
            if (joining.before() > affordable) {
                if (low == 0) {
                    return 0;
                }
                high = low;
                low = 0;
            } else if (joining.before() + joining.count() > affordable) {
                return joining.factor((int) (affordable - joining.before())) - 1;
            } else if (high == limit) {
                return limit;
            } else {
                low = high;
                high = limit;
            }
        }
    }

    /** The largest factor up to a limit that keeps at most so many entries in the mean, or 0. */
    private int expectedToFit(double entries, int limit) {
        int low = 0;
        int high = limit + 1;
        while (high - low > 1) {
            int middle = (low + high) >>> 1;
            double expected = 0;
            for (int k = 0; k < natural.size(); k++) {
                expected += (double) scaled(k, middle) / MaskKey.KEEP_ALL * (rows + columns);
            }
            if (expected <= entries) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }

    long scaled(int component, int factor) {
        return Math.clamp((natural.get(component) * factor) >>> 16, 1, MaskKey.KEEP_ALL);
    }

    /** The least factor at which an entry of a component survives, if its draw is above 0. */
    int leastFactor(int component, int draw) {
        return (int) Math.ceilDiv(((draw & 0xFFFFFFFFL) + 1) << 16, natural.get(component));
    }

    /** Visits all draws of a component. */
    void visitDraws(int component, MaskKey.Visitor visitor) {
        key.visitDraws(Side.U, component, rows, visitor);
        key.visitDraws(Side.V, component, columns, visitor);
    }
}
