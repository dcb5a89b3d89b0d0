package dev.deltapress.method;

import dev.deltapress.delta.EntryBlock;
import dev.deltapress.delta.EntryCode;
import dev.deltapress.delta.EntryMask;
import dev.deltapress.delta.Grid;
import dev.deltapress.delta.KeptEntries;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.linalg.Matrix;

import java.lang.foreign.MemorySegment;
import java.util.function.Function;
import java.util.function.LongFunction;

/**
 * Drops entries by a seeded mask and writes the others, as many as the bytes pay for.
 *
 * @param bits of a value
 * @param masks by keep rate times 2^32
 * @param code how kept entries are written; asked for once, unless values are f16
 * @param scales whether rows have scales
 * @param rescale what kept entries are multiplied by
 */
record Drops(
        int bits,
        LongFunction<EntryMask> masks,
        Function<KeptEntries, EntryCode> code,
        boolean scales,
        Rescale rescale)
        implements ElementCoding.Coder {

    /** What kept entries are multiplied by. */
    @FunctionalInterface
    interface Rescale {
        double of(Matrix all, KeptEntries kept);

        /** The inverse of the part that is kept: right in the mean. */
        static double unbiased(Matrix all, KeptEntries kept) {
            double entries = (double) all.rows() * all.columns();
            return kept.mask() instanceof EntryMask.Bernoulli drawn
                    ? (double) MaskKey.KEEP_ALL / drawn.threshold()
                    : entries / Math.max(1, kept.count());
        }

        /** Nothing. */
        static double none(Matrix all, KeptEntries kept) {
            return 1;
        }
    }

    /** F16 values. */
    static Drops halves(LongFunction<EntryMask> masks, Rescale rescale) {
        return new Drops(Grid.HALF_BITS, masks, EntryCode::half, false, rescale);
    }

    /** F16 values, or codes of a grid with one scale of least squared error. */
    static Drops values(LongFunction<EntryMask> masks, Grid grid, int bits, Rescale rescale) {
        return bits == Grid.HALF_BITS
                ? halves(masks, rescale)
                : new Drops(
                        bits, masks, kept -> EntryCode.fitted(grid, bits, kept), false, rescale);
    }

    /** The mask of DARE. */
    static EntryMask bernoulli(long rate) {
        return rate == MaskKey.KEEP_ALL ? new EntryMask.All() : new EntryMask.Bernoulli(rate);
    }

    /** Least bytes of a block that keeps one entry. */
    long leastBytes(int rows) {
        return EntryBlock.leastBytes(masks.apply(1), bits, rows, scales);
    }

    @Override
    public MemorySegment encode(Matrix values, MaskKey key, long budget) {
        long fixed = leastBytes(values.rows());
        double entries = Math.max(1, (double) values.rows() * values.columns());
        double rate = (budget - fixed) * (double) Byte.SIZE / (entries * bits);
        Attempt attempt = new Attempt(this, values, key);
        return RateFit.fit(rate * MaskKey.KEEP_ALL, budget, fixed, attempt::encode);
    }

    /** The blocks of one matrix by keep rate, with one code for all of them. */
    private static final class Attempt {
        private final Drops drops;
        private final Matrix values;
        private final MaskKey key;
        private EntryCode fitted = EntryCode.ZERO;

        Attempt(Drops drops, Matrix values, MaskKey key) {
            this.drops = drops;
            this.values = values;
            this.key = key;
        }

        MemorySegment encode(long rate) {
            KeptEntries kept = KeptEntries.of(drops.masks.apply(rate), key, values);
            if (fitted.isZero() || drops.bits == Grid.HALF_BITS) {
                fitted = drops.code.apply(kept);
            }
            return EntryBlock.encode(kept, fitted, drops.rescale.of(values, kept));
        }
    }
}
