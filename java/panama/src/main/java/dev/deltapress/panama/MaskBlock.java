package dev.deltapress.panama;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.deltapress.delta.MaskKey;
import dev.deltapress.delta.MaskKey.Side;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/**
 * A factor's mask, or a block of it: entry (c, i) of the block is entry (firstComponent + c,
 * firstEntry + i) of the factor.
 *
 * @param firstEntry a multiple of 4
 */
public record MaskBlock(
        MaskKey key,
        Side side,
        long firstComponent,
        long components,
        long firstEntry,
        long entries) {
    /** Entries over which ranks are kept. */
    public static final int TILE = 1024;

    private static final int WORDS_OF_TILE = TILE / Integer.SIZE;

    /** {@code dp_mask}. */
    private static final MemoryLayout LAYOUT =
            MemoryLayout.structLayout(
                    MemoryLayout.sequenceLayout(4, JAVA_INT),
                    MemoryLayout.sequenceLayout(4, JAVA_LONG));

    /** The mask of a whole factor. */
    public static MaskBlock of(MaskKey key, Side side, int components, int entries) {
        return new MaskBlock(key, side, 0, components, 0, entries);
    }

    /** Tiles of a component. */
    public long tiles() {
        return Math.ceilDiv(entries, (long) TILE);
    }

    /** 32-bit words of a component's mask. */
    public long words() {
        return tiles() * WORDS_OF_TILE;
    }

    /** As the library takes it. */
    public MemorySegment write(SegmentAllocator allocator) {
        MemorySegment mask = allocator.allocate(LAYOUT);
        mask.setAtIndex(JAVA_INT, 0, (int) key.seed());
        mask.setAtIndex(JAVA_INT, 1, (int) key.tensor());
        mask.setAtIndex(JAVA_INT, 2, side == Side.U ? 0 : 1);
        mask.setAtIndex(JAVA_INT, 3, 0);
        MemorySegment range = mask.asSlice(4L * Integer.BYTES);
        range.setAtIndex(JAVA_LONG, 0, firstComponent);
        range.setAtIndex(JAVA_LONG, 1, components);
        range.setAtIndex(JAVA_LONG, 2, firstEntry);
        range.setAtIndex(JAVA_LONG, 3, entries);
        return mask;
    }
}
