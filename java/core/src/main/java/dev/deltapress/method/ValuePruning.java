package dev.deltapress.method;

import dev.deltapress.delta.EntryBlock;
import dev.deltapress.delta.EntryCode;
import dev.deltapress.delta.EntryMask;
import dev.deltapress.delta.KeptEntries;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.delta.PositionWriter;
import dev.deltapress.linalg.Matrix;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * UltraDelta's codes of one matrix: between its least and largest element in equal steps, and of
 * each code the same part kept.
 */
final class ValuePruning {
    private static final long MAX_WORD = 0xFFFFFFFFL;

    private final Matrix values;
    private final MaskKey key;
    private final double gamma;
    private final EntryCode code;

    /** How often each code occurs. */
    private final long[] occurrences;

    ValuePruning(Matrix values, MaskKey key, int bits, double gamma) {
        this.values = values;
        this.key = key;
        this.gamma = gamma;
        this.code = span(values, bits);
        this.occurrences = new long[1 << bits];
        byte[] codes = new byte[values.columns()];
        for (int row = 0; row < values.rows(); row++) {
            code.codes(values.row(row), codes);
            for (byte c : codes) {
                occurrences[c & 0xFF]++;
            }
        }
    }

    private static EntryCode span(Matrix values, int bits) {
        float least = Float.POSITIVE_INFINITY;
        float most = Float.NEGATIVE_INFINITY;
        for (int row = 0; row < values.rows(); row++) {
            for (float value : values.row(row)) {
                least = Math.min(least, value);
                most = Math.max(most, value);
            }
        }
        return least <= most ? EntryCode.spanning(bits, least, most) : EntryCode.ZERO;
    }

    /** The block that keeps that part of each code, times 2^32. */
    MemorySegment encode(long rate) {
        long[] keep = new long[occurrences.length];
        for (int c = 0; c < keep.length; c++) {
            keep[c] = (occurrences[c] * rate + (MaskKey.KEEP_ALL >> 1)) >>> 32;
        }
        int kept = Math.toIntExact(Arrays.stream(keep).sum());
        double entries = (double) values.rows() * values.columns();
        KeptEntries taken = KeptEntries.of(choose(keep, kept), key, values);
        return EntryBlock.encode(taken, code, gamma * entries / Math.max(1, kept));
    }

    /**
     * Keeps so many of each code, every choice equally likely: an entry is taken with the
     * probability that is left for it (Knuth, The Art of Computer Programming 2, 3.4.2, algorithm
     * S).
     */
    private EntryMask choose(long[] keep, int kept) {
        long[] left = occurrences.clone();
        long[] due = keep.clone();
        int columns = values.columns();
        PositionWriter positions = new PositionWriter((long) values.rows() * columns, kept);
        byte[] codes = new byte[columns];
        for (int row = 0; row < values.rows(); row++) {
            code.codes(values.row(row), codes);
            int[] draws = key.draws(MaskKey.Side.ENTRIES, row, columns);
            for (int column = 0; column < columns; column++) {
                int c = codes[column] & 0xFF;
                if ((draws[column] & MAX_WORD) * left[c] < due[c] << 32) {
                    positions.add((long) row * columns + column);
                    due[c]--;
                }
                left[c]--;
            }
        }
        return positions.mask();
    }
}
