package dev.deltapress.panama;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * How the host flavour works at the moment.
 *
 * @param threads that share a call's work, the caller included
 * @param vectorBits 128, 256 or 512
 */
public record HostSettings(int threads, int vectorBits) {

    /** Asks the library. */
    public static HostSettings of(DeltaPressNative library) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment numbers = arena.allocate(JAVA_INT, 2);
            library.hostSettings(numbers, numbers.asSlice(JAVA_INT.byteSize()));
            return new HostSettings(
                    numbers.getAtIndex(JAVA_INT, 0), numbers.getAtIndex(JAVA_INT, 1));
        }
    }
}
