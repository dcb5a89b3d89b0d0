package dev.deltapress.method;

import dev.deltapress.delta.CodeStream;
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

    /** Standard deviations of the bytes of survivors that are searched around what is expected. */
    private static final int SEARCHED = 6;

    private final int rows;
    private final int columns;
    private final MaskKey key;
    private final BlockLayout layout;
    private final long budget;
    private final List<Long> natural = new ArrayList<>();

    /** Bytes of each component's survivors at its own keep rate, and of all. */
    private final List<Long> values = new ArrayList<>();

    private long allValues;

    /** Bytes of all components with every entry kept. */
    private long fullValues;

    private int widest = 1;

    /**
     * @param budget bytes of the factor block
     */
    Thinning(int rows, int columns, MaskKey key, BlockLayout layout, long budget) {
        this.rows = rows;
        this.columns = columns;
        this.key = key;
        this.layout = layout;
        this.budget = budget;
    }

    /** Takes one more component with that keep rate. */
    void add(double keep) {
        int component = natural.size();
        long rounded = (long) StrictMath.rint(keep * MaskKey.KEEP_ALL);
        long threshold = Math.clamp(rounded, 1, MaskKey.KEEP_ALL);
        natural.add(threshold);
        int bits = layout.bits(component);
        widest = Math.max(widest, bits);
        values.add(
                CodeStream.byteSize(key.survivors(Side.U, component, rows, threshold), bits)
                        + CodeStream.byteSize(
                                key.survivors(Side.V, component, columns, threshold), bits));
        allValues += values.getLast();
        fullValues += Bands.valueBytes(rows, columns, bits);
    }

    /** Gives the last component back. */
    void removeLast() {
        natural.removeLast();
        allValues -= values.removeLast();
        fullValues -= Bands.valueBytes(rows, columns, layout.bits(natural.size()));
    }

    int components() {
        return natural.size();
    }

    /** The width of a component. */
    int bits(int component) {
        return layout.bits(component);
    }

    /** Whether the components fit the budget at their own keep rates. */
    boolean fits() {
        return allValues <= affordable();
    }

    /** Whether more than 1% of the budget is left even with every entry kept. */
    boolean leavesUnspent() {
        return layout.headerBytes(natural.size()) + fullValues < 0.99 * budget;
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

    /** How many bytes of values the budget pays for; negative if not even the header. */
    private long affordable() {
        return budget - layout.headerBytes(natural.size());
    }

    /**
     * The largest factor up to a limit whose survivors the budget pays for, or 0. Masks are drawn
     * once: survivors are counted at a factor that surely fits, and of the entries that join up to
     * one that surely does not, the first too many decides. Where chance makes "surely" wrong, the
     * rest of the range is searched in the same way.
     */
    private int largestFitting(int limit) {
        long affordable = affordable();
        double margin = SEARCHED * Math.sqrt(Math.max(1, affordable) * (double) widest / Byte.SIZE);
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
                continue;
            }
            int tooLarge = joining.firstBeyond(affordable);
            if (tooLarge > 0) {
                return tooLarge - 1;
            } else if (high == limit) {
                return limit;
            }
            low = high;
            high = limit;
        }
    }

    /** The largest factor up to a limit whose survivors take so many bytes in the mean, or 0. */
    private int expectedToFit(double bytes, int limit) {
        int low = 0;
        int high = limit + 1;
        while (high - low > 1) {
            int middle = (low + high) >>> 1;
            double expected = 0;
            for (int k = 0; k < natural.size(); k++) {
                int bits = layout.bits(k);
                // A side ends at a byte: half of one is lost in the mean.
                double unused = bits < Byte.SIZE ? Byte.SIZE - 1 : 0;
                double kept = (double) scaled(k, middle) / MaskKey.KEEP_ALL;
                expected += (kept * (rows + columns) * bits + unused) / Byte.SIZE;
            }
            if (expected <= bytes) {
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

    /** Visits all draws of a side of a component. */
    void visitDraws(Side side, int component, MaskKey.Visitor visitor) {
        key.visitDraws(side, component, side == Side.U ? rows : columns, visitor);
    }
}
