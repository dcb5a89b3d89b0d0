package dev.deltapress.pipeline;

import dev.deltapress.DeltaPressException;
import dev.deltapress.backend.Backend;
import dev.deltapress.checkpoint.Checkpoint;
import dev.deltapress.checkpoint.Checkpoints;
import dev.deltapress.method.Method;
import dev.deltapress.parallel.Team;
import dev.deltapress.pipeline.Selector.Treatment;
import dev.deltapress.tensor.TensorInfo;
import dev.deltapress.tensor.TensorRole;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Tells from headers alone what compressing would do, and refuses what cannot work. */
public final class Planner {
    // Measured on two cores with the Java backend at 32x; an order of magnitude for other machines.
    private static final double MATRIX_BYTES_PER_SECOND = 8e6;
    private static final double EXACT_BYTES_PER_SECOND = 80e6;
    private static final double USUAL_RATIO = 32;

    private Planner() {}

    /**
     * Plans a compression. Reads no tensor, writes nothing, and does not look at the output's
     * place.
     *
     * @throws DeltaPressException for what would make {@link Compressor#compress} fail before its
     *     first tensor
     */
    public static PlanReport plan(CompressRequest request) throws IOException {
        List<String> notes = new ArrayList<>();
        try (Checkpoint base = Checkpoints.open(request.base());
                Checkpoint tuned = Checkpoints.open(request.tuned());
                Backend backend = request.resources().backend(Team.alone(), notes::add)) {
            CompressPlan plan = CompressPlan.of(base, tuned, request, backend.name());
            noteTensors(plan, notes);
            return report(plan, tuned, request, backend, notes);
        }
    }

    private static void noteTensors(CompressPlan plan, List<String> notes) {
        for (TensorInfo removed : plan.removed()) {
            notes.add("only in the base, left out: " + removed.displayName());
        }
        for (TensorPlan tensor : plan.tensors()) {
            TensorInfo before = tensor.pair().base();
            String name = tensor.tuned().displayName();
            if (before == null) {
                notes.add("only in the tuned model, kept exactly: " + name);
            } else if (!tensor.pair().sameShape()) {
                notes.add(
                        "%s: %s in the base, %s tuned"
                                .formatted(name, before.shape(), tensor.tuned().shape()));
            }
        }
    }

    private static PlanReport report(
            CompressPlan plan,
            Checkpoint tuned,
            CompressRequest request,
            Backend backend,
            List<String> notes) {
        List<TensorReport> tensors =
                plan.tensors().stream()
                        .map(tensor -> tensorReport(tensor, request.method()))
                        .toList();
        long matrices16 = plan.compressed().stream().mapToLong(TensorPlan::matrixBytes16Bit).sum();
        long budget = (long) Math.floor(matrices16 / request.method().ratio());
        long embeddings =
                plan.tensors().stream()
                        .filter(p -> p.treatment() == Treatment.EXACT)
                        .filter(p -> p.tuned().role() == TensorRole.EMBEDDING)
                        .mapToLong(p -> Sizes.bytes16Bit(p.tuned()))
                        .sum();
        if (embeddings > budget && budget > 0) {
            notes.add(
                    "embeddings kept exactly take up to %.1f times the bytes of all matrices; see --embeddings"
                            .formatted((double) embeddings / budget));
        }
        return new PlanReport(
                tensors,
                plan.compressed().size(),
                Sizes.bytes16Bit(tuned.tensors().values()),
                matrices16,
                budget,
                estimatedBytes(plan),
                estimatedSeconds(plan, request),
                peakMemory(plan, request.resources(), TensorMemory.of(backend, request.method())),
                backend.name(),
                request.method().name(),
                notes);
    }

    /** Half of the work on a matrix grows with its rank, and so falls with the ratio. */
    private static double estimatedSeconds(CompressPlan plan, CompressRequest request) {
        double perMatrix = 0.5 + 0.5 * USUAL_RATIO / request.method().ratio();
        double seconds = 0;
        for (TensorPlan tensor : plan.tensors()) {
            seconds +=
                    tensor.treatment() == Treatment.COMPRESS
                            ? perMatrix * tensor.matrixBytes16Bit() / MATRIX_BYTES_PER_SECOND
                            : tensor.tuned().byteSize() / EXACT_BYTES_PER_SECOND;
        }
        return 1 + seconds / request.resources().threads();
    }

    /** An upper bound on the bytes of the delta. */
    static long estimatedBytes(CompressPlan plan) {
        long bytes = 1 << 20;
        for (TensorPlan tensor : plan.tensors()) {
            bytes += estimatedBytes(tensor);
        }
        return bytes;
    }

    private static long estimatedBytes(TensorPlan tensor) {
        long whole = Sizes.bytes16Bit(tensor.tuned());
        long common = Math.max(1, tensor.pair().commonRows());
        return switch (tensor.treatment()) {
            case EXACT -> whole;
            case BASE -> tensor.pair().sameShape() ? 0 : tail(tensor, whole, common);
            case COMPRESS ->
                    tensor.budget() + (tensor.pair().sameShape() ? 0 : tail(tensor, whole, common));
        };
    }

    private static long tail(TensorPlan tensor, long whole, long common) {
        long rows = tensor.tuned().shape().dimension(0);
        return whole / rows * (rows - common);
    }

    private static long peakMemory(CompressPlan plan, Resources resources, TensorMemory memory) {
        MemoryLimit limit = MemoryLimit.of(resources);
        limit.require(plan.tensors(), TensorPlan::displayName, memory::toCompress);
        List<Long> needs = plan.tensors().stream().map(memory::toCompress).toList();
        return limit.peakBytes(needs, resources.threads());
    }

    private static TensorReport tensorReport(TensorPlan tensor, Method method) {
        long bytes = estimatedBytes(tensor);
        return new TensorReport(
                tensor.tuned().displayName(),
                tensor.tuned().dtype(),
                tensor.tuned().shape(),
                switch (tensor.treatment()) {
                    case COMPRESS -> method.kind().text();
                    case EXACT -> "exact";
                    case BASE -> "base";
                },
                tensor.treatment() == Treatment.COMPRESS,
                bytes,
                Double.NaN,
                (double) Sizes.bytes16Bit(tensor.tuned()) / Math.max(1, bytes));
    }
}
