package dev.deltapress.panama;

import java.lang.foreign.MemorySegment;

/**
 * A queue of work on a device; for one thread at a time. The first {@link #close} waits for the
 * work and frees it.
 */
public final class DeviceStream implements AutoCloseable {
    private final DeltaPressNative library;
    private final OwnedAddress stream;

    /**
     * @throws IllegalArgumentException if there is no such device
     */
    public DeviceStream(DeltaPressNative library, int device) {
        this.library = library;
        MemorySegment address = OutPointer.of(out -> library.streamCreate(device, out));
        this.stream = new OwnedAddress("stream", address, 0, library::streamDestroy);
    }

    /**
     * What calls take.
     *
     * @throws IllegalStateException after {@link #close}
     */
    public MemorySegment address() {
        return stream.segment();
    }

    /** The stream as a {@code cudaStream_t}; null in the host flavour. */
    public MemorySegment nativeStream() {
        return OutPointer.of(out -> library.streamNative(address(), out));
    }

    /**
     * Waits for all work queued so far.
     *
     * @throws NativeCallException if some of it failed
     */
    public void sync() {
        library.streamSync(address());
    }

    /**
     * Lets what is queued from now on wait for an event as last recorded. The host does not wait.
     */
    public void waitFor(DeviceEvent event) {
        library.streamWait(address(), event.address());
    }

    @Override
    public void close() {
        stream.close();
    }
}
