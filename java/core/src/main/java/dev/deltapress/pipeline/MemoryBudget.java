package dev.deltapress.pipeline;

import dev.deltapress.DeltaPressException;
import dev.deltapress.delta.TensorRecord;

import java.util.List;

/**
 * Bounds the memory of the tensors in work at once: a task waits until its need fits. Mapped files
 * count as memory.
 */
final class MemoryBudget {
    // Base and tuned tensor in 16 bit, the delta, its decoded twin, factors and workspace in f32.
    private static final long BYTES_PER_MATRIX_ELEMENT = 2 * 4 + 4 * 4;

    private final long limit;
    private long free;

    /**
     * @param limit bytes, 0 for none
     */
    MemoryBudget(long limit) {
        this.limit = limit == 0 ? Long.MAX_VALUE : limit;
        this.free = this.limit;
    }

    /** What compressing a tensor takes, roughly. */
    static long need(TensorPlan plan) {
        return need(
                plan.tuned().byteSize(),
                plan.treatment() == Selector.Treatment.COMPRESS
                        ? (long) plan.rows() * plan.columns()
                        : 0);
    }

    /** What verifying or restoring a tensor takes, roughly. */
    static long need(TensorRecord record) {
        boolean matrix = record.kind() == TensorRecord.Kind.FACTORS;
        List<Long> shape = record.dimensions();
        return need(
                record.dtype().byteSize(record.shape()),
                matrix ? shape.getLast() * shape.get(shape.size() - 2) : 0);
    }

    /** What restoring a tensor takes, roughly. */
    static long need(RestoreLayout.Place place) {
        return need(place.record()) + place.byteSize();
    }

    private static long need(long tensorBytes, long matrixElements) {
        return 3 * tensorBytes + BYTES_PER_MATRIX_ELEMENT * matrixElements;
    }

    /** Waits for that many bytes; they come back when the result is closed. */
    synchronized Reservation reserve(long bytes, String tensor) {
        if (bytes > limit) {
            throw new DeltaPressException(
                    "tensor '%s' takes %d MB to work on, --max-memory allows %d MB"
                            .formatted(tensor, bytes >> 20, limit >> 20));
        }
        while (free < bytes) {
            try {
                wait();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new DeltaPressException("interrupted", e);
            }
        }
        free -= bytes;
        return () -> release(bytes);
    }

    private synchronized void release(long bytes) {
        free += bytes;
        notifyAll();
    }

    /** Bytes that are in use until closed. */
    @FunctionalInterface
    interface Reservation extends AutoCloseable {
        @Override
        void close();
    }
}
