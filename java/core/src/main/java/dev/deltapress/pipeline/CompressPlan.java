package dev.deltapress.pipeline;

import dev.deltapress.UsageException;
import dev.deltapress.checkpoint.Checkpoint;
import dev.deltapress.delta.DeltaBytes;
import dev.deltapress.delta.ExactBlock;
import dev.deltapress.delta.Manifest;
import dev.deltapress.delta.Manifest.Head;
import dev.deltapress.delta.Manifest.MethodRecord;
import dev.deltapress.delta.Manifest.ShardRecord;
import dev.deltapress.delta.TensorRecord;
import dev.deltapress.delta.TensorRecord.Kind;
import dev.deltapress.method.Method;
import dev.deltapress.pipeline.Selector.Treatment;
import dev.deltapress.tensor.TensorInfo;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What compressing a pair will do to each tensor, and the budget of each matrix.
 *
 * <p>A matrix may cost its bytes in 16 bit over the ratio. From that its own record, its header
 * entry and its share of what all have in common are taken first, so that the delta as a whole
 * holds the ratio whatever it contains. What a method will leave of a budget goes to the next
 * matrix.
 */
record CompressPlan(List<TensorPlan> tensors, List<TensorInfo> removed, Head head) {
    /** Most bytes of one shard's data. */
    static final long SHARD_BYTES = 4L << 30;

    static CompressPlan of(
            Checkpoint base, Checkpoint tuned, CompressRequest request, String backend) {
        Pairing pairing = Pairing.of(base, tuned, request.allowRemoved());
        requireSelectable(request);
        Selector selector = new Selector(request.selection());
        List<TensorPlan> tensors = new ArrayList<>();
        long id = 0;
        for (Pairing.Pair pair : pairing.pairs()) {
            Treatment treatment =
                    request.method().isLossless() ? Treatment.EXACT : selector.treatment(pair);
            TensorPlan plan = new TensorPlan(id, pair, treatment, 0);
            tensors.add(plan);
            id += plan.slices();
        }
        long mostBytes =
                tuned.tensors().values().stream().mapToLong(TensorInfo::byteSize).sum()
                        + tensors.size() * 64L;
        Head head = head(base, request, backend, (int) (mostBytes / SHARD_BYTES) + 1);
        return new CompressPlan(
                withBudgets(tensors, request.method(), head, mostBytes), pairing.removed(), head);
    }

    /** Nobody is to believe that something is compressed or left out which is not. */
    private static void requireSelectable(CompressRequest request) {
        Selection selection = request.selection();
        boolean exact = selection.embeddings() == EmbeddingMode.EXACT;
        if (request.method().isLossless() && !(exact && selection.include().isEmpty())) {
            throw new UsageException(
                    request.method().name()
                            + ": keeps every tensor exactly, so --include and --embeddings other than exact mean nothing");
        }
    }

    /** The head with as many shards as there can be, of unknown sizes and hashes. */
    private static Head head(
            Checkpoint base, CompressRequest request, String backend, int mostShards) {
        Method method = request.method();
        String hint = base.path().toAbsolutePath().normalize().getFileName().toString();
        ShardRecord shard =
                new ShardRecord(
                        "delta-00000-of-00000.safetensors",
                        2 * SHARD_BYTES,
                        DeltaBytes.UNKNOWN_HASH);
        return new Head(
                Manifest.VERSION,
                new MethodRecord(method.name(), method.ratio(), method.parameters()),
                request.seed(),
                backend,
                ExactBlock.zstdVersion(),
                hint,
                Collections.nCopies(mostShards, shard));
    }

    private static List<TensorPlan> withBudgets(
            List<TensorPlan> tensors, Method method, Head head, long mostBytes) {
        Overheads overheads = Overheads.of(tensors, method, head, mostBytes);
        List<TensorPlan> budgeted = new ArrayList<>();
        long left = 0;
        for (TensorPlan plan : tensors) {
            if (plan.treatment() != Treatment.COMPRESS) {
                budgeted.add(plan);
                continue;
            }
            long allowed = (long) Math.floor(plan.matrixBytes16Bit() / method.ratio());
            long budget = allowed - overheads.bytes(plan);
            if (budget < leastBytes(plan, method)) {
                throw new UsageException(
                        "%s: ratio %s leaves %d bytes for '%s', which takes at least %d; best ratio here: %.1f"
                                .formatted(
                                        method.name(),
                                        Double.toString(method.ratio()),
                                        allowed,
                                        plan.tuned().displayName(),
                                        least(plan, method, overheads),
                                        bestRatio(tensors, method, overheads)));
            }
            long usable = usable(plan, method, budget + left);
            left += budget - usable;
            budgeted.add(plan.withBudget(usable));
        }
        return List.copyOf(budgeted);
    }

    /** The ratio at which the matrix that pays most for its headers has nothing left. */
    private static double bestRatio(List<TensorPlan> tensors, Method method, Overheads overheads) {
        double best =
                tensors.stream()
                        .filter(plan -> plan.treatment() == Treatment.COMPRESS)
                        .mapToDouble(
                                plan ->
                                        (double) plan.matrixBytes16Bit()
                                                / least(plan, method, overheads))
                        .min()
                        .orElse(1);
        // Rounded down, so that asking for it succeeds.
        return Math.floor(best * 10) / 10;
    }

    private static long least(TensorPlan plan, Method method, Overheads overheads) {
        return overheads.bytes(plan) + leastBytes(plan, method);
    }

    private static long usable(TensorPlan plan, Method method, long budget) {
        return plan.slices() * method.usable(plan.rows(), plan.columns(), budget / plan.slices());
    }

    private static long leastBytes(TensorPlan plan, Method method) {
        return plan.slices() * method.leastBytes(plan.rows(), plan.columns());
    }

    /**
     * What a matrix pays beside its blocks.
     *
     * @param commonPerByte share of what all have in common, for each byte of a matrix in 16 bit
     * @param mostBytes bound on where a payload can lie
     * @param kind of the records
     */
    private record Overheads(double commonPerByte, long mostBytes, Kind kind) {

        static Overheads of(List<TensorPlan> tensors, Method method, Head head, long mostBytes) {
            long matrices =
                    tensors.stream()
                            .filter(plan -> plan.treatment() == Treatment.COMPRESS)
                            .mapToLong(TensorPlan::matrixBytes16Bit)
                            .sum();
            return new Overheads(
                    (double) DeltaBytes.common(head) / Math.max(1, matrices),
                    mostBytes,
                    method.kind());
        }

        long bytes(TensorPlan plan) {
            return (long) Math.ceil(plan.matrixBytes16Bit() * commonPerByte)
                    + DeltaBytes.line(unknownRecord(plan, kind))
                    + DeltaBytes.entry(
                            Long.toString(plan.id()), plan.matrixBytes16Bit(), mostBytes);
        }
    }

    private static TensorRecord unknownRecord(TensorPlan plan, Kind kind) {
        return Records.of(plan, kind, DeltaBytes.UNKNOWN_HASH, DeltaBytes.UNKNOWN_HASH, null);
    }

    /** The matrices that are compressed. */
    List<TensorPlan> compressed() {
        return tensors.stream().filter(plan -> plan.treatment() == Treatment.COMPRESS).toList();
    }
}
