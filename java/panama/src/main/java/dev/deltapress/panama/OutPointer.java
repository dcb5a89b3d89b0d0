package dev.deltapress.panama;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Consumer;

/** Calls that give a pointer through a pointer. */
final class OutPointer {

    private OutPointer() {}

    /** The pointer that a call writes. */
    static MemorySegment of(Consumer<MemorySegment> call) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ValueLayout.ADDRESS);
            call.accept(out);
            return out.get(ValueLayout.ADDRESS, 0);
        }
    }
}
