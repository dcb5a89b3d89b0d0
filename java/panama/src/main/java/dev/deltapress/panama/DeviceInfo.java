package dev.deltapress.panama;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;

/**
 * A device.
 *
 * @param memoryTotal bytes
 * @param memoryFree bytes, when it was asked
 * @param computeMajor 9 of an H100's 9.0; 0 on the host
 * @param multiprocessors cores on the host
 * @param driverVersion CUDA version of the driver, 13000 for 13.0; 0 on the host
 */
public record DeviceInfo(
        String name,
        long memoryTotal,
        long memoryFree,
        int computeMajor,
        int computeMinor,
        int multiprocessors,
        int driverVersion) {
    private static final int NAME_BYTES = 256;

    /** {@code dp_device_info}. */
    static final MemoryLayout LAYOUT =
            MemoryLayout.structLayout(
                    MemoryLayout.sequenceLayout(NAME_BYTES, JAVA_BYTE),
                    MemoryLayout.sequenceLayout(2, JAVA_LONG),
                    MemoryLayout.sequenceLayout(4, JAVA_INT));

    /** How many devices there are. */
    public static int count(DeltaPressNative library) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment count = arena.allocate(JAVA_INT);
            library.deviceCount(count);
            return count.get(JAVA_INT, 0);
        }
    }

    /**
     * Asks for a device.
     *
     * @throws IllegalArgumentException if there is none of that number
     */
    public static DeviceInfo of(DeltaPressNative library, int device) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(LAYOUT);
            library.deviceGetInfo(device, info);
            MemorySegment memory = info.asSlice(NAME_BYTES);
            MemorySegment numbers = memory.asSlice(2 * JAVA_LONG.byteSize());
            return new DeviceInfo(
                    info.getString(0),
                    memory.getAtIndex(JAVA_LONG, 0),
                    memory.getAtIndex(JAVA_LONG, 1),
                    numbers.getAtIndex(JAVA_INT, 0),
                    numbers.getAtIndex(JAVA_INT, 1),
                    numbers.getAtIndex(JAVA_INT, 2),
                    numbers.getAtIndex(JAVA_INT, 3));
        }
    }
}
