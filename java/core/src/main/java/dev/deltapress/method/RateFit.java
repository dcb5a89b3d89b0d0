package dev.deltapress.method;

import dev.deltapress.delta.MaskKey;

import java.lang.foreign.MemorySegment;
import java.util.function.LongFunction;

/**
 * Finds the keep rate whose block fills a budget: by proportion, by interpolation between what fits
 * and what does not, and by halving now and then.
 */
final class RateFit {
    /** Bytes that may be left over, as a part of the budget. */
    private static final int SLACK = 256;

    private static final int MOST_TRIES = 60;

    private static final int HALVE_EVERY = 3;

    private final long budget;
    private final long fixedBytes;
    private long low;
    private long lowBytes;
    private long high = MaskKey.KEEP_ALL + 1;

    /** Not known until a rate does not fit. */
    private long highBytes;

    private RateFit(long budget, long fixedBytes) {
        this.budget = budget;
        this.fixedBytes = fixedBytes;
        this.lowBytes = fixedBytes;
    }

    /**
     * The largest block found that fits.
     *
     * @param guess of the rate, times 2^32
     * @param fixedBytes what a block takes that keeps almost nothing; at most the budget
     * @param encode makes a block of a rate times 2^32, 1 to 2^32
     */
    static MemorySegment fit(
            double guess, long budget, long fixedBytes, LongFunction<MemorySegment> encode) {
        return new RateFit(budget, fixedBytes).fit(inRange(guess, 1, MaskKey.KEEP_ALL), encode);
    }

    private MemorySegment fit(long guess, LongFunction<MemorySegment> encode) {
        long slack = Math.max(1, budget / SLACK);
        MemorySegment best = null;
        long rate = guess;
        for (int tries = 1; tries <= MOST_TRIES && high - low > 1; tries++) {
            MemorySegment block = encode.apply(rate);
            long bytes = block.byteSize();
            if (bytes <= budget) {
                // Rates that are close may be rounded to ones in another order.
                best = best == null || bytes > best.byteSize() ? block : best;
                low = rate;
                lowBytes = bytes;
                if (budget - bytes <= slack) {
                    break;
                }
            } else {
                high = rate;
                highBytes = bytes;
            }
            rate = tries % HALVE_EVERY == 0 ? (low + high) >>> 1 : next(budget - slack / 2.0);
            rate = Math.clamp(rate, low + 1, Math.max(low + 1, high - 1));
        }
        return best == null ? encode.apply(1) : best;
    }

    /** Where bytes would be as many as that, if they grew evenly. */
    private long next(double bytes) {
        if (highBytes == 0) {
            double grown = 2;
            if (lowBytes > fixedBytes) {
                grown = (bytes - fixedBytes) / (lowBytes - fixedBytes);
            }
            return inRange(low * grown, 1, MaskKey.KEEP_ALL);
        }
        double part = (bytes - lowBytes) / Math.max(1, highBytes - lowBytes);
        return inRange(low + part * (high - low), low, high);
    }

    private static long inRange(double rate, long least, long most) {
        return Math.clamp((long) rate, least, most);
    }
}
