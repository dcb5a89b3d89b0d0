package dev.deltapress.panama;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.List;

/**
 * Consecutive components whose values have the same number of bits.
 *
 * @param bits 16 for f16 values, 1 to 8 for codes
 */
public record ValueGroup(long components, int bits) {
    /** How many groups a call takes at most. */
    public static final int MOST = 64;

    /** {@code dp_group}. */
    private static final MemoryLayout LAYOUT =
            MemoryLayout.structLayout(JAVA_LONG, MemoryLayout.sequenceLayout(2, JAVA_INT));

    /** As the library takes them, one after the other. */
    public static MemorySegment write(SegmentAllocator allocator, List<ValueGroup> groups) {
        MemorySegment written = allocator.allocate(LAYOUT, groups.size());
        long at = 0;
        for (ValueGroup group : groups) {
            written.set(JAVA_LONG, at, group.components);
            written.set(JAVA_INT, at + Long.BYTES, group.bits);
            written.set(JAVA_INT, at + Long.BYTES + Integer.BYTES, 0);
            at += LAYOUT.byteSize();
        }
        return written;
    }
}
