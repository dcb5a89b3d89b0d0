package dev.deltapress.panama;

import java.lang.foreign.MemorySegment;

/**
 * Memory of a device, freed by the first {@link #close}. It can be passed to calls; the host cannot
 * read it. Use after close throws, and so does closing during a call.
 */
public final class DeviceBuffer implements AutoCloseable {
    private final OwnedAddress memory;
    private final long byteSize;

    /**
     * Allocates memory with arbitrary content, aligned to 256 bytes.
     *
     * @throws DeviceOutOfMemoryException if the device has not that much
     * @throws IllegalArgumentException if there is no such device, or the size is negative
     */
    public DeviceBuffer(DeltaPressNative library, int device, long byteSize) {
        MemorySegment address = OutPointer.of(out -> library.deviceAlloc(device, byteSize, out));
        this.memory = new OwnedAddress("device buffer", address, 0, library::deviceFree);
        this.byteSize = byteSize;
    }

    /**
     * Where it lies: of length 0, so that it may be passed on but not read.
     *
     * @throws IllegalStateException after {@link #close}
     */
    public MemorySegment address() {
        return memory.segment();
    }

    /** Size in bytes. */
    public long byteSize() {
        return byteSize;
    }

    /**
     * Checks that so many bytes fit.
     *
     * @throws IllegalArgumentException naming both sizes
     */
    public void requireBytes(long bytes) {
        if (bytes < 0 || bytes > byteSize) {
            throw new IllegalArgumentException(
                    "%d bytes in a device buffer of %d".formatted(bytes, byteSize));
        }
    }

    @Override
    public void close() {
        memory.close();
    }
}
