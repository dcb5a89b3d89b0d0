package dev.deltapress.delta;

import java.lang.foreign.MemorySegment;

/** Collects positions of kept entries for a mask that stores them. */
public final class PositionWriter {
    private final GolombGaps.Writer gaps;
    private final int divisor;
    private long next;
    private int added;

    /**
     * @param entries of the matrix
     * @param kept how many of them will be added
     */
    public PositionWriter(long entries, long kept) {
        divisor = kept == 0 ? 1 : GolombGaps.divisor(entries, kept);
        gaps = new GolombGaps.Writer(divisor);
    }

    /** Adds an entry, numbered row by row from the first of the matrix; numbers ascend. */
    public void add(long position) {
        gaps.add(position - next);
        next = position + 1;
        added++;
    }

    /** The mask that keeps what was added. */
    public EntryMask mask() {
        return new EntryMask.Stored(added, divisor, MemorySegment.ofArray(gaps.finish()), 0);
    }
}
