package dev.deltapress.panama;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A point in the work of a stream; for one thread at a time. Freed by the first {@link #close}. */
public final class DeviceEvent implements AutoCloseable {
    private final DeltaPressNative library;
    private final OwnedAddress event;

    /**
     * @throws IllegalArgumentException if there is no such device
     */
    public DeviceEvent(DeltaPressNative library, int device) {
        this.library = library;
        MemorySegment address = OutPointer.of(out -> library.eventCreate(device, out));
        this.event = new OwnedAddress("event", address, 0, library::eventDestroy);
    }

    /**
     * What calls take.
     *
     * @throws IllegalStateException after {@link #close}
     */
    public MemorySegment address() {
        return event.segment();
    }

    /** Moves the event behind all work queued so far on a stream of its device. */
    public void record(DeviceStream stream) {
        library.eventRecord(address(), stream.address());
    }

    /** Waits for it. One that was never recorded has happened. */
    public void sync() {
        library.eventSync(address());
    }

    /** Milliseconds from another event to this one; both have happened. */
    public double millisecondsSince(DeviceEvent start) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment milliseconds = arena.allocate(ValueLayout.JAVA_DOUBLE);
            library.eventElapsed(start.address(), address(), milliseconds);
            return milliseconds.get(ValueLayout.JAVA_DOUBLE, 0);
        }
    }

    @Override
    public void close() {
        event.close();
    }
}
