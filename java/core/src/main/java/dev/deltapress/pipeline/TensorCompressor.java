package dev.deltapress.pipeline;

import dev.deltapress.DeltaPressException;
import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.backend.ErrorSums;
import dev.deltapress.backend.MatrixView;
import dev.deltapress.checkpoint.Checkpoint;
import dev.deltapress.delta.DeltaWriter;
import dev.deltapress.delta.DeltaWriter.Payload;
import dev.deltapress.delta.ExactBlock;
import dev.deltapress.delta.Hashes;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.delta.TensorRecord;
import dev.deltapress.delta.TensorRecord.Kind;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.MappedPages;
import dev.deltapress.tensor.TensorInfo;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Turns one tensor of a pair into its record and payloads. */
final class TensorCompressor {
    private final Checkpoint base;
    private final Checkpoint tuned;
    private final CompressRequest request;
    private final DeltaWriter writer;

    TensorCompressor(
            Checkpoint base, Checkpoint tuned, CompressRequest request, DeltaWriter writer) {
        this.base = base;
        this.tuned = tuned;
        this.request = request;
        this.writer = writer;
    }

    /**
     * @param payloads none, the tensor's, or that and its tail's
     * @param errors zero where the tensor is exact
     */
    record Result(TensorPlan plan, TensorRecord record, List<Payload> payloads, ErrorSums errors) {}

    /** Blocks of all matrices of a tensor, and how far they are from the truth. */
    private record Coded(List<MemorySegment> blocks, ErrorSums errors) {}

    Result compress(TensorPlan plan, Session session) throws IOException {
        // Shared, because the threads of the team may work on one tensor.
        try (Arena arena = Arena.ofShared()) {
            MemorySegment data = tuned.map(plan.tuned().name(), arena);
            TensorInfo before = plan.pair().base();
            if (before == null) {
                return exact(plan, data, null, null);
            }
            MemorySegment baseData = base.map(before.name(), arena);
            String fingerprint = Hashes.fingerprint(before, baseData);
            boolean sameType = before.dtype() == plan.tuned().dtype();
            if (sameType && plan.pair().sameShape() && MappedPages.mismatch(data, baseData) == -1) {
                return result(plan, Kind.EQUAL, fingerprint, List.of(), ErrorSums.ZERO);
            }
            return switch (plan.treatment()) {
                case COMPRESS -> factors(plan, data, baseData, fingerprint, session);
                case BASE ->
                        withTail(plan, Kind.EQUAL, data, fingerprint, List.of(), ErrorSums.ZERO);
                case EXACT -> exact(plan, data, sameType ? baseData : null, fingerprint);
            };
        }
    }

    private Result exact(
            TensorPlan plan,
            MemorySegment data,
            @Nullable MemorySegment baseData,
            @Nullable String fingerprint)
            throws IOException {
        DType dtype = plan.tuned().dtype();
        if (baseData != null && fingerprint != null) {
            MemorySegment head = head(plan, data);
            MemorySegment baseHead = baseData.asSlice(0, head.byteSize());
            if (head.byteSize() > 0 && ExactBlock.predicts(dtype, head, baseHead)) {
                Payload payload =
                        writer.store(
                                Long.toString(plan.id()),
                                out -> ExactBlock.encode(dtype, head, baseHead, out));
                return withTail(
                        plan, Kind.LOSSLESS, data, fingerprint, List.of(payload), ErrorSums.ZERO);
            }
        }
        Payload payload =
                writer.store(
                        Long.toString(plan.id()), out -> ExactBlock.encode(dtype, data, null, out));
        return result(plan, Kind.EXACT, fingerprint, List.of(payload), ErrorSums.ZERO);
    }

    private Result factors(
            TensorPlan plan,
            MemorySegment data,
            MemorySegment baseData,
            String fingerprint,
            Session session)
            throws IOException {
        Coded coded = code(plan, data, baseData, session);
        if (coded == null) {
            boolean sameType = baseDType(plan) == plan.tuned().dtype();
            return exact(plan, data, sameType ? baseData : null, fingerprint);
        }
        Payload payload =
                writer.store(
                        Long.toString(plan.id()),
                        out -> {
                            for (MemorySegment block : coded.blocks()) {
                                DeltaWriter.writeFully(out, block);
                            }
                        });
        return withTail(plan, Kind.FACTORS, data, fingerprint, List.of(payload), coded.errors());
    }

    /** Codes every matrix of the tensor; null if one is to be stored exactly for its NaNs. */
    private @Nullable Coded code(
            TensorPlan plan, MemorySegment data, MemorySegment baseData, Session session) {
        String where = tuned.path() + ": '" + plan.displayName() + "'";
        List<MemorySegment> blocks = new ArrayList<>();
        ErrorSums errors = ErrorSums.ZERO;
        for (int slice = 0; slice < plan.slices(); slice++) {
            MatrixView after = slice(plan, data, plan.tuned().dtype(), slice);
            MatrixView before = slice(plan, baseData, baseDType(plan), slice);
            MaskKey key = new MaskKey(request.seed(), plan.id() + slice);
            try (Delta delta = session.subtract(after, before)) {
                if (delta.nonFinite() > 0) {
                    refuseNonFinite(plan, delta.nonFinite());
                    return null;
                }
                MappedPages.release(after.data());
                MappedPages.release(before.data());
                MemorySegment block =
                        request.method().encode(session, delta, key, plan.budget() / plan.slices());
                blocks.add(block);
                try (Delta decoded =
                        session.unpack(block, plan.rows(), plan.columns(), key, where)) {
                    errors =
                            errors.plus(
                                    Measurement.of(session, before, after, delta, decoded, where));
                }
            }
            MappedPages.release(after.data());
            MappedPages.release(before.data());
        }
        return new Coded(blocks, errors);
    }

    private void refuseNonFinite(TensorPlan plan, long count) {
        if (request.nonFinite() == NonFinitePolicy.REFUSE) {
            throw new DeltaPressException(
                    "%s: tensor '%s': %d elements of the delta are NaN or infinite; --nonfinite=exact keeps the tensor exactly"
                            .formatted(tuned.path(), plan.displayName(), count));
        }
    }

    private static MatrixView slice(TensorPlan plan, MemorySegment data, DType dtype, int slice) {
        return TensorDecoder.slice(data, dtype, plan.rows(), plan.columns(), slice);
    }

    private static DType baseDType(TensorPlan plan) {
        TensorInfo before = plan.pair().base();
        if (before == null) {
            throw new IllegalStateException("planned without a base: " + plan.tuned().name());
        }
        return before.dtype();
    }

    /** The leading rows, which the base has too. */
    private static MemorySegment head(TensorPlan plan, MemorySegment data) {
        if (plan.pair().sameShape()) {
            return data;
        }
        long rows = plan.tuned().shape().dimension(0);
        return data.asSlice(0, data.byteSize() / rows * plan.pair().commonRows());
    }

    /** Stores the rows that the base lacks, if there are any, and makes the record. */
    private Result withTail(
            TensorPlan plan,
            Kind kind,
            MemorySegment data,
            String fingerprint,
            List<Payload> payloads,
            ErrorSums errors)
            throws IOException {
        MemorySegment tail = data.asSlice(head(plan, data).byteSize());
        List<Payload> all = new ArrayList<>(payloads);
        if (tail.byteSize() > 0) {
            all.add(
                    writer.store(
                            plan.id() + ".tail",
                            out -> ExactBlock.encode(plan.tuned().dtype(), tail, null, out)));
        }
        return result(plan, kind, fingerprint, all, errors);
    }

    private static Result result(
            TensorPlan plan,
            Kind kind,
            @Nullable String fingerprint,
            List<Payload> payloads,
            ErrorSums errors) {
        boolean stored = kind != Kind.EQUAL;
        String sum = stored ? payloads.getFirst().sum() : null;
        String tail = payloads.size() > (stored ? 1 : 0) ? payloads.getLast().sum() : null;
        TensorRecord record = Records.of(plan, kind, fingerprint, sum, tail);
        return new Result(plan, record, List.copyOf(payloads), errors);
    }
}
