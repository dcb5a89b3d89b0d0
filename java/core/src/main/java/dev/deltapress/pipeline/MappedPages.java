package dev.deltapress.pipeline;

import java.lang.foreign.MemorySegment;

/** The pages of a mapped file that this process has touched, which count as its memory. */
final class MappedPages {
    /** Below this, touching the pages once more costs more than they are worth. */
    private static final long WORTH_RELEASING = 4L << 20;

    private MappedPages() {}

    /**
     * Gives the pages of a read-only map back. The map stays; who reads it again takes them from
     * the system's cache of the file.
     */
    static void release(MemorySegment segment) {
        if (segment.isMapped() && segment.byteSize() >= WORTH_RELEASING) {
            segment.unload();
        }
    }
}
