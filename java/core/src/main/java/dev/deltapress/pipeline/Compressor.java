package dev.deltapress.pipeline;

import dev.deltapress.DeltaPressException;
import dev.deltapress.backend.Backend;
import dev.deltapress.backend.ErrorSums;
import dev.deltapress.checkpoint.Checkpoint;
import dev.deltapress.checkpoint.Checkpoints;
import dev.deltapress.checkpoint.FileTemplate;
import dev.deltapress.delta.DeltaBytes;
import dev.deltapress.delta.DeltaReader;
import dev.deltapress.delta.DeltaWriter;
import dev.deltapress.delta.DeltaWriter.Payload;
import dev.deltapress.delta.ExactBlock;
import dev.deltapress.delta.Hashes;
import dev.deltapress.delta.Manifest;
import dev.deltapress.delta.Manifest.FileKind;
import dev.deltapress.delta.Manifest.FileRecord;
import dev.deltapress.delta.Manifest.Removed;
import dev.deltapress.delta.Manifest.ShardRecord;
import dev.deltapress.delta.Template;
import dev.deltapress.delta.TensorRecord;
import dev.deltapress.io.Replaced;
import dev.deltapress.io.Staging;
import dev.deltapress.parallel.Team;
import dev.deltapress.pipeline.TensorCompressor.Result;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.TensorInfo;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/** Compresses a fine-tuned model to a delta of its base. */
public final class Compressor {
    private final CompressRequest request;
    private final Checkpoint base;
    private final Checkpoint tuned;
    private final Backend backend;
    private final Workers workers;
    private final CompressPlan plan;

    private Compressor(
            CompressRequest request,
            Checkpoint base,
            Checkpoint tuned,
            Backend backend,
            Workers workers)
            throws IOException {
        this.request = request;
        this.base = base;
        this.tuned = tuned;
        this.backend = backend;
        this.workers = workers;
        this.plan =
                new Survey(base, tuned, backend, workers)
                        .share(
                                CompressPlan.of(base, tuned, request, backend.name()),
                                request.method());
    }

    /**
     * Compresses. The delta appears at {@code request.out()} when it is complete, or not at all.
     *
     * @throws DeltaPressException if the inputs do not belong together or the output may not be
     *     written; its kind says which
     */
    public static CompressReport compress(CompressRequest request, Progress progress)
            throws IOException {
        return compress(
                request, progress, team -> request.resources().backend(team, progress::note));
    }

    /** The same on a backend that the caller makes. */
    static CompressReport compress(
            CompressRequest request, Progress progress, Function<Team, Backend> backends)
            throws IOException {
        long start = System.nanoTime();
        Outputs.requireApart(request.out(), request.base(), request.tuned());
        Replaced replaced = replaceable(request);
        try (Checkpoint base = Checkpoints.open(request.base());
                Checkpoint tuned = Checkpoints.open(request.tuned());
                Team team = new Team(request.resources().threads());
                Backend backend = backends.apply(team)) {
            Workers workers = new Workers(team, backend, MemoryLimit.of(request.resources()));
            return new Compressor(request, base, tuned, backend, workers)
                    .run(start, replaced, progress);
        }
    }

    private static Replaced replaceable(CompressRequest request) throws IOException {
        Path out = request.out();
        if (!Files.exists(out)) {
            return Replaced.nothing();
        }
        if (!request.force()) {
            throw new DeltaPressException(out + ": exists; --force replaces an earlier delta");
        }
        List<String> ours = new ArrayList<>();
        try (DeltaReader old = DeltaReader.open(out)) {
            old.manifest().head().shards().stream().map(ShardRecord::name).forEach(ours::add);
        }
        ours.add(Manifest.FILE);
        return Replaced.folder(out, ours);
    }

    private CompressReport run(long start, Replaced replaced, Progress progress)
            throws IOException {
        Outputs.requireSpace(request.out(), Planner.estimatedBytes(plan));
        try (Staging staging = Staging.beside(request.out())) {
            DeltaWriter writer = new DeltaWriter(staging);
            List<Result> results = compressTensors(writer, progress);
            List<Removed> removed = fingerprintRemoved();
            List<Payload> payloads = new ArrayList<>();
            results.forEach(result -> payloads.addAll(result.payloads()));
            List<FileRecord> files = storeFiles(writer, payloads);
            List<TensorRecord> records = results.stream().map(Result::record).toList();
            DeltaWriter.Written written =
                    writer.finish(
                            plan.head(),
                            records,
                            removed,
                            files,
                            payloads,
                            CompressPlan.SHARD_BYTES,
                            replaced);
            return report(start, results, removed, files, payloads, written);
        } catch (IOException e) {
            throw Staging.unwritable(request.out(), e);
        }
    }

    private List<Result> compressTensors(DeltaWriter writer, Progress progress) throws IOException {
        TensorCompressor compressor = new TensorCompressor(base, tuned, request, writer, backend);
        progress.begin(
                "compressing", plan.tensors().stream().mapToLong(p -> p.tuned().byteSize()).sum());
        TensorMemory memory = TensorMemory.of(backend, request.method());
        workers.require(plan.tensors(), TensorPlan::displayName, memory::toCompress);
        List<List<Result>> groups =
                workers.mapGroups(
                        TensorGroups.of(plan.tensors(), backend),
                        TensorGroups::names,
                        memory::toCompress,
                        (group, session) -> {
                            List<Result> results = compressor.compress(group, session);
                            for (TensorPlan tensor : group) {
                                progress.advance(tensor.tuned().byteSize(), tensor.displayName());
                            }
                            return results;
                        });
        Map<TensorPlan, Result> results = new HashMap<>();
        groups.forEach(group -> group.forEach(result -> results.put(result.plan(), result)));
        return plan.tensors().stream()
                .map(tensor -> Objects.requireNonNull(results.get(tensor)))
                .toList();
    }

    private List<Removed> fingerprintRemoved() throws IOException {
        List<Removed> removed = new ArrayList<>();
        for (TensorInfo info : plan.removed()) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment data = base.map(info.name(), arena);
                removed.add(new Removed(info.name(), Hashes.fingerprint(info, data)));
            }
        }
        return removed;
    }

    /** Templates of the files with tensors, then copies of the small files. */
    private List<FileRecord> storeFiles(DeltaWriter writer, List<Payload> payloads)
            throws IOException {
        Map<String, Long> ids = new HashMap<>();
        plan.tensors().forEach(tensor -> ids.put(tensor.tuned().name(), tensor.id()));
        List<FileRecord> files = new ArrayList<>();
        for (FileTemplate file : tuned.templates()) {
            List<Template.Splice> splices =
                    file.splices().stream()
                            .map(s -> new Template.Splice(s.at(), idOf(s.tensor(), ids)))
                            .toList();
            MemorySegment bytes = new Template(file.literal(), splices).toBytes();
            files.add(
                    storeFile(
                            writer, files.size(), file.name(), FileKind.TEMPLATE, bytes, payloads));
        }
        for (String name : tuned.companions()) {
            MemorySegment bytes =
                    MemorySegment.ofArray(Files.readAllBytes(tuned.path().resolve(name)));
            files.add(storeFile(writer, files.size(), name, FileKind.COPY, bytes, payloads));
        }
        return files;
    }

    private static long idOf(String tensor, Map<String, Long> ids) {
        Long id = ids.get(tensor);
        if (id == null) {
            throw new IllegalStateException("no record for tensor " + tensor);
        }
        return id;
    }

    private static FileRecord storeFile(
            DeltaWriter writer,
            int number,
            String name,
            FileKind kind,
            MemorySegment bytes,
            List<Payload> payloads)
            throws IOException {
        String id = "f" + number;
        Payload payload = writer.store(id, out -> ExactBlock.encode(DType.U8, bytes, null, out));
        payloads.add(payload);
        return new FileRecord(id, name, kind, bytes.byteSize(), payload.sum());
    }

    private CompressReport report(
            long start,
            List<Result> results,
            List<Removed> removed,
            List<FileRecord> files,
            List<Payload> payloads,
            DeltaWriter.Written written) {
        Map<String, Long> stored = new HashMap<>();
        for (Payload payload : payloads) {
            long entry = written.entryBytes().getOrDefault(payload.name(), 0L);
            stored.put(payload.name(), payload.bytes() + entry);
        }
        List<TensorReport> tensors = new ArrayList<>();
        ErrorSums errors = ErrorSums.ZERO;
        for (Result result : results) {
            tensors.add(TensorReports.of(result.record(), stored, result.errors()));
            errors = errors.plus(result.errors());
        }
        long others =
                TensorReports.storedBytesBesideMatrices(tensors)
                        + removed.stream().mapToLong(DeltaBytes::line).sum()
                        + files.stream()
                                .mapToLong(
                                        f -> DeltaBytes.line(f) + stored.getOrDefault(f.id(), 0L))
                                .sum();
        return new CompressReport(
                tensors,
                (int) tensors.stream().filter(TensorReport::matrix).count(),
                written.totalBytes(),
                // What is nobody else's counts as the matrices': shard prefixes, common fields.
                written.totalBytes() - others,
                Sizes.bytes16Bit(tuned.tensors().values()),
                matrixBytes16Bit(results),
                TensorReports.embeddingBytes(tensors, tuned),
                errors.relative(),
                errors.restoredRelative(),
                (System.nanoTime() - start) / 1e9,
                backend.name(),
                request.method().name(),
                request.seed(),
                PeakMemory.bytes());
    }

    private static long matrixBytes16Bit(List<Result> results) {
        return results.stream()
                .filter(result -> result.record().kind().isDelta())
                .mapToLong(result -> result.plan().matrixBytes16Bit())
                .sum();
    }
}
