package dev.deltapress.panama;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/**
 * Something of the library's that an arena frees: the first {@link #close} does, later ones do
 * nothing. Closing during a call that uses it throws, and can be tried again.
 */
final class OwnedAddress implements AutoCloseable {
    private final String what;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment segment;

    /**
     * @param what names it in errors
     * @param byteSize how much of it the host may touch
     */
    OwnedAddress(String what, MemorySegment address, long byteSize, Consumer<MemorySegment> free) {
        this.what = what;
        this.segment = address.reinterpret(byteSize, arena, free);
    }

    /**
     * @throws IllegalStateException after {@link #close}
     */
    MemorySegment segment() {
        if (!arena.scope().isAlive()) {
            throw new IllegalStateException(what + " is closed");
        }
        return segment;
    }

    @Override
    public synchronized void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
