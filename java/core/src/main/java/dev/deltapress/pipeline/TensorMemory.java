package dev.deltapress.pipeline;

import dev.deltapress.backend.Backend;
import dev.deltapress.delta.TensorRecord;
import dev.deltapress.delta.TensorRecord.Kind;
import dev.deltapress.method.Method;
import dev.deltapress.pipeline.Selector.Treatment;
import dev.deltapress.tensor.MappedPages;
import dev.deltapress.tensor.TensorInfo;

import java.util.List;
import java.util.function.IntBinaryOperator;

/**
 * The most bytes of the host that work on one tensor takes. Pages of maps that are touched count,
 * as they do in the resident size of the process: all of a matrix while it is subtracted or
 * measured, a window of what is read from front to back.
 *
 * @param onDevice whether deltas and factors lie in the memory of a device
 * @param batch how many matrices with so many rows and columns are worked on together
 * @param elements whether compressing looks at single elements, on the host
 */
record TensorMemory(boolean onDevice, IntBinaryOperator batch, boolean elements) {
    /** Chunks, before and after zstd. */
    private static final long BUFFERS = 20L << 20;

    /** Page-locked buffers of a worker. */
    private static final long STAGING = 16L << 20;

    static TensorMemory of(Backend backend) {
        return new TensorMemory(backend.isOnDevice(), backend::batch, /* elements= */ false);
    }

    static TensorMemory of(Backend backend, Method method) {
        boolean elements = method.kind() != Kind.FACTORS;
        return new TensorMemory(backend.isOnDevice(), backend::batch, elements);
    }

    /**
     * Tensors of a group pass through the host one after the other and wait on a device; pages of
     * theirs that are too few to be given back stay.
     */
    long toCompress(List<TensorPlan> group) {
        return toCompress(group.getFirst())
                + group.stream().skip(1).mapToLong(TensorMemory::pairBytes).sum();
    }

    long toCompress(TensorPlan plan) {
        long tuned = plan.tuned().byteSize();
        long base = pairBytes(plan) - tuned;
        long exactly = BUFFERS + window(base) + window(tuned);
        if (plan.treatment() != Treatment.COMPRESS) {
            return exactly;
        }
        long delta = deltaBytes(plan.rows(), plan.columns());
        // Elements before they are coded, or after: a copy of either.
        long onHost = elements ? delta : 0;
        if (onDevice) {
            int together = batch.applyAsInt(plan.rows(), plan.columns());
            long slices = Math.min(plan.slices(), together);
            return exactly + STAGING + onHost + (base + tuned) / plan.slices() * slices;
        }
        long matrices = (base + tuned) / plan.slices();
        long measuring = matrices + 2 * delta + tuned / plan.slices();
        long coding = elements ? 0 : delta + factorBytes(plan.rows(), plan.columns());
        return exactly + onHost + Math.max(measuring, coding);
    }

    private static long pairBytes(TensorPlan plan) {
        TensorInfo before = plan.pair().base();
        return plan.tuned().byteSize() + (before == null ? 0 : before.byteSize());
    }

    /**
     * @param againstTuned whether errors are measured, or else only fingerprints taken
     */
    long toVerify(TensorRecord record, boolean againstTuned) {
        long tensor = record.dtype().byteSize(record.shape());
        long exactly = BUFFERS + 3 * window(tensor);
        return againstTuned && record.kind().isDelta()
                ? exactly + restoring(record, tensor) + tensor / slices(record) + deltas(record)
                : exactly;
    }

    long toRestore(RestoreLayout.Place place) {
        TensorRecord record = place.record();
        long exactly = BUFFERS + 3 * window(place.byteSize());
        return record.kind().isDelta() ? exactly + restoring(record, place.byteSize()) : exactly;
    }

    /** Base (taken to be as large as the tensor), factors, what they decode to, the result. */
    private long restoring(TensorRecord record, long result) {
        long base = record.dtype().byteSize(record.shape());
        long elements = record.kind() == Kind.FACTORS ? 0 : hostDelta(record);
        return (base + result) / slices(record) + elements + deltas(record) + deltas(record) / 4;
    }

    private static long window(long tensor) {
        return Math.min(tensor, MappedPages.WINDOW);
    }

    private static long slices(TensorRecord record) {
        List<Long> shape = record.dimensions();
        return shape.size() == 3 ? Math.max(1, shape.getFirst()) : 1;
    }

    /** One matrix of the tensor in f32, or the buffers that it reaches a device through. */
    private long deltas(TensorRecord record) {
        return onDevice ? STAGING : hostDelta(record);
    }

    private static long hostDelta(TensorRecord record) {
        List<Long> shape = record.dimensions();
        return deltaBytes(shape.get(shape.size() - 2), shape.getLast());
    }

    private static long deltaBytes(long rows, long columns) {
        return rows * columns * Float.BYTES;
    }

    /**
     * Work space of the truncated SVD: basis and image, and square matrices of the short side in
     * f64 as the exact route has them, which the other one stays below.
     */
    private static long factorBytes(long rows, long columns) {
        long side = Math.min(rows, columns);
        return deltaBytes(rows, columns) / 4 + 5 * side * side * Double.BYTES / 2;
    }
}
