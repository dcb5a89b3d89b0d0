package dev.deltapress.tensor;

import java.lang.foreign.MemorySegment;

/**
 * The pages of a read-only map of a file that this process has touched, which count as its memory.
 * Given back, they stay in the system's cache of the file, and whoever reads them again takes them
 * from there.
 *
 * <p>An object follows somebody who reads a segment from front to back and gives back what lies
 * behind. For one thread.
 */
public final class MappedPages {
    /** Most bytes of a segment that are kept behind its reader. */
    public static final long WINDOW = 16L << 20;

    /** Below this, touching pages once more costs more than they are worth. */
    private static final long WORTH_RELEASING = 4L << 20;

    private final MemorySegment segment;
    private long released;

    private MappedPages(MemorySegment segment) {
        this.segment = segment;
    }

    /** Follows a reader of that segment, mapped or not. */
    public static MappedPages behindReaderOf(MemorySegment segment) {
        return new MappedPages(segment);
    }

    /** Tells that the reader is done with everything before that byte. */
    public void passed(long end) {
        if (end - released >= WINDOW) {
            release(segment.asSlice(released, end - released));
            released = end;
        }
    }

    /** Gives back the pages of a whole segment, if it is mapped. */
    public static void release(MemorySegment segment) {
        if (segment.isMapped() && segment.byteSize() >= WORTH_RELEASING) {
            segment.unload();
        }
    }

    /**
     * Byte at which two segments differ first, or -1 where they are equal; releases what it has
     * read of both.
     */
    public static long mismatch(MemorySegment x, MemorySegment y) {
        if (x.byteSize() != y.byteSize()) {
            return x.mismatch(y);
        }
        for (long at = 0; at < x.byteSize(); at += WINDOW) {
            long length = Math.min(WINDOW, x.byteSize() - at);
            MemorySegment left = x.asSlice(at, length);
            MemorySegment right = y.asSlice(at, length);
            long found = left.mismatch(right);
            release(left);
            release(right);
            if (found >= 0) {
                return at + found;
            }
        }
        return -1;
    }
}
