package dev.deltapress.cuda;

import java.lang.foreign.MemorySegment;
import java.util.function.LongFunction;

/**
 * A sparse matrix in device memory: compressed sparse rows.
 *
 * @param entries fewer than 2^31
 * @param starts rows + 1 i32: where each row's entries begin
 * @param indices i32: the column of each entry
 * @param values f32
 */
record DeviceCsr(
        int rows,
        int columns,
        long entries,
        MemorySegment starts,
        MemorySegment indices,
        MemorySegment values) {

    /** What device memory is aligned to. */
    private static final long ALIGNMENT = 256;

    /**
     * One with arbitrary content.
     *
     * @param allocate gives device memory of so many bytes
     */
    static DeviceCsr allocate(
            int rows, int columns, long entries, LongFunction<MemorySegment> allocate) {
        return new DeviceCsr(
                rows,
                columns,
                entries,
                allocate.apply(startBytes(rows)),
                allocate.apply(entries * Integer.BYTES),
                allocate.apply(entries * Float.BYTES));
    }

    /** Bytes of one, as {@link #within} lays it out. */
    static long byteSize(int rows, long entries) {
        return aligned(startBytes(rows)) + 2 * aligned(entries * Float.BYTES);
    }

    /** One with arbitrary content in memory that somebody else owns. */
    static DeviceCsr within(MemorySegment memory, int rows, int columns, long entries) {
        long[] next = {memory.address()};
        return allocate(
                rows,
                columns,
                entries,
                bytes -> {
                    MemorySegment part = MemorySegment.ofAddress(next[0]);
                    next[0] += aligned(bytes);
                    return part;
                });
    }

    private static long startBytes(int rows) {
        return (rows + 1L) * Integer.BYTES;
    }

    private static long aligned(long bytes) {
        return Math.ceilDiv(bytes, ALIGNMENT) * ALIGNMENT;
    }
}
