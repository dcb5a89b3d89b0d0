package dev.deltapress.panama;

import java.lang.foreign.MemorySegment;

/**
 * Page-locked memory of the host, which copies to and from devices run at full speed with. Freed by
 * the first {@link #close}; the caller makes sure that no queued work still uses it.
 */
public final class PinnedBuffer implements AutoCloseable {
    private final OwnedAddress memory;

    /**
     * Allocates memory with arbitrary content.
     *
     * @throws DeviceOutOfMemoryException if there is not that much
     */
    public PinnedBuffer(DeltaPressNative library, long byteSize) {
        MemorySegment address = OutPointer.of(out -> library.pinnedAlloc(byteSize, out));
        this.memory = new OwnedAddress("pinned buffer", address, byteSize, library::pinnedFree);
    }

    /**
     * The memory.
     *
     * @throws IllegalStateException after {@link #close}
     */
    public MemorySegment segment() {
        return memory.segment();
    }

    @Override
    public void close() {
        memory.close();
    }
}
