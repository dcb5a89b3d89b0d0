package dev.deltapress.cuda;

import dev.deltapress.panama.DeltaPressNative;
import dev.deltapress.panama.DeviceBuffer;
import dev.deltapress.panama.DeviceOutOfMemoryException;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * Device memory of one worker. Buffers that are given back are kept, since allocating waits for the
 * whole device; that work which is still queued uses them does no harm, because whoever takes them
 * next queues behind it on the same stream. Others may free what is idle at any time.
 */
final class DevicePool implements AutoCloseable {
    /**
     * Sizes are rounded up to this part of their power of two, so that similar ones can be reused.
     */
    private static final int STEPS = 8;

    private final DeltaPressNative library;
    private final int device;
    private final Map<Long, Deque<DeviceBuffer>> idle = new HashMap<>();
    private long idleBytes;

    DevicePool(DeltaPressNative library, int device) {
        this.library = library;
        this.device = device;
    }

    /**
     * At least so many bytes, with arbitrary content; whoever takes them gives them back.
     *
     * @throws DeviceOutOfMemoryException if there are none even after all idle memory was freed
     */
    DeviceBuffer take(long bytes) {
        long size = rounded(bytes);
        DeviceBuffer kept = poll(size);
        if (kept != null) {
            return kept;
        }
        try {
            return new DeviceBuffer(library, device, size);
        } catch (DeviceOutOfMemoryException e) {
            freeIdle();
            return new DeviceBuffer(library, device, size);
        }
    }

    private synchronized @Nullable DeviceBuffer poll(long size) {
        Deque<DeviceBuffer> same = idle.get(size);
        if (same == null || same.isEmpty()) {
            return null;
        }
        idleBytes -= size;
        return same.pop();
    }

    synchronized void give(DeviceBuffer buffer) {
        idle.computeIfAbsent(buffer.byteSize(), size -> new ArrayDeque<>()).push(buffer);
        idleBytes += buffer.byteSize();
    }

    /** What is kept for later. */
    synchronized long idleBytes() {
        return idleBytes;
    }

    private static long rounded(long bytes) {
        long step = Math.max(256, Long.highestOneBit(Math.max(1, bytes)) / STEPS);
        return Math.max(1, Math.ceilDiv(bytes, step)) * step;
    }

    /** Gives it back to the device, once work that is queued has let go of it. */
    synchronized void freeIdle() {
        idle.values().forEach(buffers -> buffers.forEach(DeviceBuffer::close));
        idle.clear();
        idleBytes = 0;
    }

    /** Frees what was given back, which must be all. */
    @Override
    public void close() {
        freeIdle();
    }
}
