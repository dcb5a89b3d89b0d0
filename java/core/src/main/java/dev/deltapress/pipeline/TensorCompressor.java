package dev.deltapress.pipeline;

import dev.deltapress.backend.Backend;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.backend.ErrorSums;
import dev.deltapress.checkpoint.Checkpoint;
import dev.deltapress.delta.DeltaWriter;
import dev.deltapress.delta.DeltaWriter.Payload;
import dev.deltapress.delta.ExactBlock;
import dev.deltapress.delta.Hashes;
import dev.deltapress.delta.TensorRecord;
import dev.deltapress.delta.TensorRecord.Kind;
import dev.deltapress.pipeline.MatrixCoder.Coding;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.MappedPages;
import dev.deltapress.tensor.TensorInfo;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Turns tensors of a pair into their records and payloads. */
final class TensorCompressor {
    private final Checkpoint base;
    private final Checkpoint tuned;
    private final DeltaWriter writer;
    private final MatrixCoder coder;

    TensorCompressor(
            Checkpoint base,
            Checkpoint tuned,
            CompressRequest request,
            DeltaWriter writer,
            Backend backend) {
        this.base = base;
        this.tuned = tuned;
        this.writer = writer;
        this.coder = new MatrixCoder(request, tuned.path(), backend);
    }

    /**
     * @param payloads none, the tensor's, or that and its tail's
     * @param errors zero where the tensor is exact
     */
    record Result(TensorPlan plan, TensorRecord record, List<Payload> payloads, ErrorSums errors) {}

    /** A tensor that both models have. */
    private record Mapped(
            TensorPlan plan, MemorySegment data, MemorySegment baseData, String fingerprint) {

        DType baseDType() {
            TensorInfo before = plan.pair().base();
            if (before == null) {
                throw new IllegalStateException("planned without a base: " + plan.tuned().name());
            }
            return before.dtype();
        }

        /** The base, if it may predict the tuned tensor's bits. */
        @Nullable MemorySegment sameType() {
            return baseDType() == plan.tuned().dtype() ? baseData : null;
        }
    }

    /** The results of a group, in any order. */
    List<Result> compress(List<TensorPlan> group, Session session) throws IOException {
        // Shared, because the threads of the team may work on one tensor.
        try (Arena arena = Arena.ofShared()) {
            List<Result> results = new ArrayList<>();
            List<Mapped> matrices = new ArrayList<>();
            for (TensorPlan plan : group) {
                Result result =
                        Workers.naming(
                                plan.displayName(), () -> withoutFactors(plan, arena, matrices));
                if (result != null) {
                    results.add(result);
                }
            }
            results.addAll(factors(matrices, session));
            return results;
        }
    }

    /** Finishes a tensor, or adds it to those that are to be factorised. */
    private @Nullable Result withoutFactors(TensorPlan plan, Arena arena, List<Mapped> matrices)
            throws IOException {
        MemorySegment data = tuned.map(plan.tuned().name(), arena);
        TensorInfo before = plan.pair().base();
        if (before == null) {
            return exact(plan, data, null, null);
        }
        MemorySegment baseData = base.map(before.name(), arena);
        String fingerprint = Hashes.fingerprint(before, baseData);
        Mapped mapped = new Mapped(plan, data, baseData, fingerprint);
        if (mapped.sameType() != null
                && plan.pair().sameShape()
                && MappedPages.mismatch(data, baseData) == -1) {
            return result(plan, Kind.EQUAL, fingerprint, List.of(), ErrorSums.ZERO);
        }
        return switch (plan.treatment()) {
            case COMPRESS -> {
                matrices.add(mapped);
                yield null;
            }
            case BASE -> withTail(plan, Kind.EQUAL, data, fingerprint, List.of(), ErrorSums.ZERO);
            case EXACT -> exact(plan, data, mapped.sameType(), fingerprint);
        };
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

    private List<Result> factors(List<Mapped> tensors, Session session) throws IOException {
        List<Coding> codings =
                tensors.stream()
                        .map(t -> new Coding(t.plan(), t.data(), t.baseData(), t.baseDType()))
                        .toList();
        coder.code(codings, session);
        List<Result> results = new ArrayList<>();
        for (int i = 0; i < tensors.size(); i++) {
            Mapped tensor = tensors.get(i);
            Coding coding = codings.get(i);
            results.add(
                    coding.isNonFinite()
                            ? exact(
                                    tensor.plan(),
                                    tensor.data(),
                                    tensor.sameType(),
                                    tensor.fingerprint())
                            : stored(tensor, coding));
        }
        return results;
    }

    private Result stored(Mapped tensor, Coding coding) throws IOException {
        TensorPlan plan = tensor.plan();
        Payload payload =
                writer.store(
                        Long.toString(plan.id()),
                        out -> {
                            for (MemorySegment block : coding.blocks()) {
                                DeltaWriter.writeFully(out, block);
                            }
                        });
        return withTail(
                plan,
                coder.kind(),
                tensor.data(),
                tensor.fingerprint(),
                List.of(payload),
                coding.errors());
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
