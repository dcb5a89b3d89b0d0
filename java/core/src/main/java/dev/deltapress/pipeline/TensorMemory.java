package dev.deltapress.pipeline;

import dev.deltapress.delta.TensorRecord;
import dev.deltapress.delta.TensorRecord.Kind;
import dev.deltapress.pipeline.Selector.Treatment;
import dev.deltapress.tensor.TensorInfo;

import java.util.List;

/**
 * The most bytes that work on one tensor takes. Mapped pages that are touched count, as they do in
 * the resident size of the process; what is mapped is given back between the phases of the work.
 */
final class TensorMemory {
    /** Buffers of chunks and of zstd. */
    private static final long BUFFERS = 16L << 20;

    private static final long MOST_SMALL_MATRICES = 64L << 20;

    private TensorMemory() {}

    static long toCompress(TensorPlan plan) {
        TensorInfo before = plan.pair().base();
        long base = before == null ? 0 : before.byteSize();
        long tuned = plan.tuned().byteSize();
        if (plan.treatment() != Treatment.COMPRESS) {
            return BUFFERS + base + tuned;
        }
        long delta = deltaBytes(plan.rows(), plan.columns());
        long restored = tuned / plan.slices();
        long factorising = delta + factorBytes(plan.rows(), plan.columns());
        long measuring = (base + tuned) / plan.slices() + 2 * delta + restored;
        return BUFFERS + Math.max(base, Math.max(factorising, measuring));
    }

    /**
     * @param againstTuned whether errors are measured, or else only fingerprints taken
     */
    static long toVerify(TensorRecord record, boolean againstTuned) {
        long tensor = record.dtype().byteSize(record.shape());
        if (!againstTuned) {
            return tensor + BUFFERS;
        }
        return toRestore(record, tensor) + tensor + deltaBytes(record);
    }

    static long toRestore(RestoreLayout.Place place) {
        return toRestore(place.record(), place.byteSize());
    }

    /** Base (taken to be as large as the tensor), payload, what it decodes to, the result. */
    private static long toRestore(TensorRecord record, long result) {
        long tensor = record.dtype().byteSize(record.shape());
        long decoded =
                record.kind() == Kind.FACTORS
                        ? deltaBytes(record) + deltaBytes(record) / 4
                        : 2 * tensor;
        return BUFFERS + tensor + decoded + result;
    }

    private static long deltaBytes(TensorRecord record) {
        List<Long> shape = record.dimensions();
        boolean matrix = record.kind() == Kind.FACTORS;
        return matrix ? deltaBytes(shape.get(shape.size() - 2), shape.getLast()) : 0;
    }

    private static long deltaBytes(long rows, long columns) {
        return rows * columns * Float.BYTES;
    }

    /** Basis, image and small square matrices of the truncated SVD, for ranks of 8x and above. */
    private static long factorBytes(long rows, long columns) {
        long side = Math.min(rows, columns);
        return deltaBytes(rows, columns) / 4
                + Math.min(MOST_SMALL_MATRICES, 4 * side * side * Double.BYTES);
    }
}
