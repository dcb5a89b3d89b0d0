package dev.deltapress.panama;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/**
 * A factor's mask, and where its values begin.
 *
 * @param words of all components, in device memory
 * @param ranks of all tiles, in device memory
 * @param survivors by component
 * @param offsets by component, in bytes of the block; filled by whoever lays values out
 */
record DrawnSide(
        MaskBlock mask,
        MemorySegment words,
        MemorySegment ranks,
        long[] survivors,
        long[] offsets) {

    /**
     * Draws a mask.
     *
     * @param scratch owns it
     * @param thresholds as stored, in device memory
     */
    static DrawnSide draw(Scratch scratch, MaskBlock mask, MemorySegment thresholds) {
        int rank = Math.toIntExact(mask.components());
        MemorySegment words = scratch.allocate(rank * mask.words() * Integer.BYTES);
        MemorySegment ranks = scratch.allocate(rank * mask.tiles() * Long.BYTES);
        MemorySegment survivors = scratch.allocate((long) rank * Long.BYTES);
        scratch.library()
                .maskDraw(
                        scratch.stream(),
                        mask.write(scratch.host()),
                        thresholds,
                        words,
                        ranks,
                        survivors);
        MemorySegment host = scratch.host().allocate(JAVA_LONG, rank);
        scratch.download(survivors, host);
        return new DrawnSide(mask, words, ranks, host.toArray(JAVA_LONG), new long[rank]);
    }

    MemorySegment wordsFrom(int component) {
        return FactorValues.from(words, component * mask.words() * Integer.BYTES);
    }

    MemorySegment ranksFrom(int component) {
        return FactorValues.from(ranks, component * mask.tiles() * Long.BYTES);
    }

    /** The rows of a factor from a component on. */
    MemorySegment factorFrom(MemorySegment factor, int component) {
        return FactorValues.from(factor, component * mask.entries() * Float.BYTES);
    }

    MemorySegment uploadOffsets(Scratch scratch) {
        return scratch.upload(scratch.host().allocateFrom(JAVA_LONG, offsets));
    }
}
