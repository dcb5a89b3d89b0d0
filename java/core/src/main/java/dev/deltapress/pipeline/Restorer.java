package dev.deltapress.pipeline;

import dev.deltapress.DeltaPressException;
import dev.deltapress.backend.Backend;
import dev.deltapress.checkpoint.Checkpoint;
import dev.deltapress.checkpoint.Checkpoints;
import dev.deltapress.delta.DeltaReader;
import dev.deltapress.delta.Manifest.FileRecord;
import dev.deltapress.io.Replaced;
import dev.deltapress.io.Staging;
import dev.deltapress.parallel.Team;
import dev.deltapress.pipeline.RestoreLayout.OutputFile;
import dev.deltapress.pipeline.RestoreLayout.Place;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** Restores a fine-tuned model from its base and a delta. */
public final class Restorer {
    private static final int CHUNK = 1 << 20;
    private static final String CONFIG = "config.json";
    private static final String INDEX = "model.safetensors.index.json";

    private final RestoreRequest request;
    private final DeltaReader delta;
    private final Checkpoint base;
    private final Backend backend;
    private final Workers workers;

    private Restorer(
            RestoreRequest request,
            DeltaReader delta,
            Checkpoint base,
            Backend backend,
            Workers workers) {
        this.request = request;
        this.delta = delta;
        this.base = base;
        this.backend = backend;
        this.workers = workers;
    }

    /** A tensor and where in which file it goes. */
    private record Job(FileChannel channel, long position, Place place) {
        String tensor() {
            return place.record().displayName();
        }
    }

    /**
     * Restores. The model appears at {@code request.out()} when it is complete, or not at all.
     *
     * @throws dev.deltapress.MismatchException if the base is not the one of the delta; the first
     *     tensor that differs is named
     */
    public static RestoreReport restore(RestoreRequest request, Progress progress)
            throws IOException {
        long start = System.nanoTime();
        Outputs.requireApart(request.out(), request.base(), request.delta());
        Replaced replaced = RestoredFiles.replaceable(request.out(), request.force());
        try (DeltaReader delta = DeltaReader.open(request.delta());
                Checkpoint base = Checkpoints.open(request.base());
                Team team = new Team(request.resources().threads());
                Backend backend = request.resources().backend(team, progress::note)) {
            Workers workers = new Workers(team, backend, MemoryLimit.of(request.resources()));
            return new Restorer(request, delta, base, backend, workers)
                    .run(start, replaced, progress);
        }
    }

    private RestoreReport run(long start, Replaced replaced, Progress progress) throws IOException {
        try (Arena arena = Arena.ofShared()) {
            RestoreLayout layout = RestoreLayout.of(delta, request, arena);
            long bytes = layout.files().stream().mapToLong(OutputFile::byteSize).sum();
            Outputs.requireSpace(request.out(), bytes);
            try (Staging staging = Staging.beside(request.out())) {
                progress.begin("restoring", bytes);
                writeTensorFiles(layout, staging.folder(), progress);
                new BaseTensors(base, delta).checkRemoved();
                List<String> names = new ArrayList<>();
                layout.files().forEach(file -> names.add(file.name()));
                if (!RestoreLayout.isSingleFile(request.out())) {
                    bytes += writeSmallFiles(layout, staging.folder(), names);
                }
                commit(staging, names, replaced);
            } catch (IOException e) {
                throw Staging.unwritable(request.out(), e);
            }
            return report(start, bytes);
        }
    }

    private void writeTensorFiles(RestoreLayout layout, Path folder, Progress progress)
            throws IOException {
        List<FileChannel> channels = new ArrayList<>();
        try {
            List<Job> jobs = new ArrayList<>();
            for (OutputFile file : layout.files()) {
                FileChannel channel =
                        FileChannel.open(
                                folder.resolve(file.name()),
                                StandardOpenOption.CREATE_NEW,
                                StandardOpenOption.WRITE);
                channels.add(channel);
                jobs.addAll(writeLiteral(file, channel));
            }
            writeTensors(jobs, progress);
        } finally {
            for (FileChannel channel : channels) {
                channel.close();
            }
        }
    }

    private void writeTensors(List<Job> jobs, Progress progress) throws IOException {
        TensorDecoder decoder = new TensorDecoder(new BaseTensors(base, delta), delta);
        workers.map(
                jobs,
                Job::tensor,
                job -> workers.memory().toRestore(job.place()),
                (job, session) -> {
                    Place place = job.place();
                    decoder.restore(
                            place.record(),
                            place.dtype(),
                            session,
                            (at, piece) -> write(piece, job.channel(), job.position() + at));
                    progress.advance(place.byteSize(), job.tensor());
                    return job;
                });
    }

    /** Writes everything between the tensors and finds where these go. */
    private static List<Job> writeLiteral(OutputFile file, FileChannel channel) throws IOException {
        List<Job> jobs = new ArrayList<>();
        long position = 0;
        long at = 0;
        for (Place place : file.places()) {
            write(file.literal().asSlice(at, place.at() - at), channel, position);
            position += place.at() - at;
            at = place.at();
            jobs.add(new Job(channel, position, place));
            position += place.byteSize();
        }
        write(file.literal().asSlice(at), channel, position);
        return jobs;
    }

    private static void write(MemorySegment bytes, FileChannel channel, long position)
            throws IOException {
        for (long at = 0; at < bytes.byteSize(); ) {
            long length = Math.min(CHUNK, bytes.byteSize() - at);
            at += channel.write(bytes.asSlice(at, length).asByteBuffer(), position + at);
        }
    }

    private long writeSmallFiles(RestoreLayout layout, Path folder, List<String> names)
            throws IOException {
        long written = 0;
        for (FileRecord file : delta.copies()) {
            boolean replacedIndex = layout.index() != null && file.name().endsWith(".index.json");
            if (names.contains(file.name()) || replacedIndex) {
                continue;
            }
            byte[] bytes;
            try (Arena arena = Arena.ofConfined()) {
                bytes = delta.file(file, arena).toArray(ValueLayout.JAVA_BYTE);
            }
            if (file.name().equals(CONFIG) && request.dtype() != null) {
                bytes = ConfigDType.rewrite(bytes, request.dtype());
            }
            Path path = folder.resolve(file.name());
            Files.createDirectories(path.getParent());
            Files.write(path, bytes);
            names.add(file.name());
            written += bytes.length;
        }
        if (layout.index() != null) {
            Files.writeString(folder.resolve(INDEX), layout.index());
            names.add(INDEX);
            written += layout.index().length();
        }
        return written;
    }

    private void commit(Staging staging, List<String> names, Replaced replaced) throws IOException {
        String note = RestoredFiles.noteName(request.out());
        Files.write(staging.folder().resolve(note), RestoredFiles.note(names));
        if (!RestoreLayout.isSingleFile(request.out())) {
            staging.commitFolder(replaced);
            return;
        }
        String model = request.out().getFileName().toString();
        List<String> modelLast = new ArrayList<>(names);
        modelLast.remove(model);
        modelLast.add(note);
        modelLast.add(model);
        for (String name : modelLast) {
            Path to = request.out().resolveSibling(name);
            if (Files.exists(to) && !request.force()) {
                throw new DeltaPressException(to + ": exists; --force replaces an earlier result");
            }
        }
        staging.commitFiles(modelLast, replaced);
    }

    private RestoreReport report(long start, long bytes) {
        var records = delta.manifest().tensors();
        return new RestoreReport(
                records.size(),
                (int) records.stream().filter(r -> r.kind().isDelta()).count(),
                bytes,
                (System.nanoTime() - start) / 1e9,
                backend.name(),
                PeakMemory.bytes());
    }
}
