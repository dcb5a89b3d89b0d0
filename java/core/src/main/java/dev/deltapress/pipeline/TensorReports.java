package dev.deltapress.pipeline;

import dev.deltapress.backend.ErrorSums;
import dev.deltapress.checkpoint.Checkpoint;
import dev.deltapress.delta.DeltaBytes;
import dev.deltapress.delta.DeltaReader;
import dev.deltapress.delta.TensorRecord;
import dev.deltapress.tensor.TensorInfo;
import dev.deltapress.tensor.TensorRole;

import java.util.List;
import java.util.Map;

/** Reports on the records of a delta. */
final class TensorReports {

    private TensorReports() {}

    /**
     * @param stored bytes of each payload with its header entry
     */
    static TensorReport of(TensorRecord record, Map<String, Long> stored, ErrorSums errors) {
        long payloads =
                stored.getOrDefault(record.payload(), 0L)
                        + stored.getOrDefault(record.tailPayload(), 0L);
        return of(record, payloads, errors.relative());
    }

    static TensorReport of(TensorRecord record, DeltaReader delta, double relativeError) {
        long payloads =
                delta.storedBytes(record.payload()) + delta.storedBytes(record.tailPayload());
        return of(record, payloads, relativeError);
    }

    private static TensorReport of(TensorRecord record, long payloads, double relativeError) {
        long bytes = payloads + DeltaBytes.line(record);
        TensorInfo info =
                new TensorInfo(
                        record.name(),
                        record.label(),
                        record.dtype(),
                        record.shape(),
                        TensorRole.OTHER);
        return new TensorReport(
                record.displayName(),
                record.dtype(),
                record.shape(),
                record.kind().text(),
                record.kind().isDelta(),
                bytes,
                relativeError,
                (double) Sizes.bytes16Bit(info) / bytes);
    }

    /** Bytes of all tensors but the compressed matrices. */
    static long storedBytesBesideMatrices(List<TensorReport> tensors) {
        return tensors.stream()
                .filter(tensor -> !tensor.matrix())
                .mapToLong(TensorReport::storedBytes)
                .sum();
    }

    /** What embedding tables and heads cost; the reports are in the order of the tensors. */
    static long embeddingBytes(List<TensorReport> tensors, Checkpoint tuned) {
        long bytes = 0;
        int index = 0;
        for (TensorInfo info : tuned.tensors().values()) {
            bytes += info.role() == TensorRole.EMBEDDING ? tensors.get(index).storedBytes() : 0;
            index++;
        }
        return bytes;
    }
}
