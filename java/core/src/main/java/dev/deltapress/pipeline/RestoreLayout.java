package dev.deltapress.pipeline;

import static java.util.Objects.requireNonNull;

import dev.deltapress.MalformedFileException;
import dev.deltapress.UsageException;
import dev.deltapress.checkpoint.PlannedTensor;
import dev.deltapress.checkpoint.SafetensorsHeader;
import dev.deltapress.checkpoint.SafetensorsWriter;
import dev.deltapress.checkpoint.ShardPlan;
import dev.deltapress.delta.DeltaReader;
import dev.deltapress.delta.Manifest.FileRecord;
import dev.deltapress.delta.Template;
import dev.deltapress.delta.TensorRecord;
import dev.deltapress.tensor.DType;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which files a restored model consists of and where in them its tensors go.
 *
 * <p>The tuned model's own files come back byte for byte around the tensors. Headers are written
 * anew only where they cannot stay: another dtype is asked for, tensors move to another file, or a
 * header is misaligned or larger than 1 MiB.
 *
 * @param files with their tensors
 * @param index text of a new index of the shards, or null if the tuned model's stays right
 */
record RestoreLayout(List<OutputFile> files, @Nullable String index) {
    private static final String SAFETENSORS = ".safetensors";
    private static final String ONNX = ".onnx";
    private static final int MAX_HEADER_BYTES = 1 << 20;
    private static final int ALIGNMENT = 8;

    /** One file: literal bytes with tensors between them. */
    record OutputFile(String name, MemorySegment literal, List<Place> places) {
        long byteSize() {
            return literal.byteSize() + places.stream().mapToLong(Place::byteSize).sum();
        }
    }

    /**
     * @param at literal bytes before the tensor
     * @param dtype that it is written in
     */
    record Place(long at, TensorRecord record, DType dtype) {
        long byteSize() {
            return dtype.byteSize(record.shape());
        }
    }

    /** Whether that output is a single file and not a folder. */
    static boolean isSingleFile(Path out) {
        String name = out.getFileName().toString();
        return name.endsWith(SAFETENSORS) || name.endsWith(ONNX);
    }

    /**
     * @param arena of the literal bytes
     */
    static RestoreLayout of(DeltaReader delta, RestoreRequest request, Arena arena)
            throws IOException {
        List<OutputFile> files = new ArrayList<>();
        Map<Long, TensorRecord> unplaced = new HashMap<>();
        delta.manifest().tensors().forEach(record -> unplaced.put(record.id(), record));
        for (FileRecord file : delta.templates()) {
            Template template = Template.read(delta.file(file, arena), delta.where(file.name()));
            List<Place> places = new ArrayList<>();
            for (Template.Splice splice : template.splices()) {
                TensorRecord record = unplaced.remove(splice.id());
                if (record == null) {
                    throw new MalformedFileException(
                            "%s: tensor %d is not recorded or placed twice"
                                    .formatted(delta.where(file.name()), splice.id()));
                }
                places.add(new Place(splice.at(), record, dtype(record, request.dtype())));
            }
            files.add(new OutputFile(file.name(), template.literal(), places));
        }
        if (!unplaced.isEmpty()) {
            TensorRecord record = unplaced.values().iterator().next();
            throw new MalformedFileException(
                    delta.where(record.name()) + ": has no place in a file");
        }
        return fit(files, delta, request);
    }

    private static DType dtype(TensorRecord record, @Nullable DType asked) {
        return asked != null && record.dtype().isCompressible() ? asked : record.dtype();
    }

    private static RestoreLayout fit(
            List<OutputFile> files, DeltaReader delta, RestoreRequest request) {
        Path out = request.out();
        String name = out.getFileName().toString();
        boolean onnx = files.stream().anyMatch(file -> file.name().endsWith(ONNX));
        if (name.endsWith(ONNX) != onnx && isSingleFile(out)) {
            throw new UsageException(
                    "%s: %s restores to %s"
                            .formatted(
                                    out, delta.folder(), onnx ? "an .onnx file" : "safetensors"));
        }
        if (onnx) {
            if (request.dtype() != null) {
                throw new UsageException(
                        "%s: --dtype is for safetensors; the graph of an ONNX model fixes its types"
                                .formatted(out));
            }
            return new RestoreLayout(isSingleFile(out) ? renameModel(files, name) : files, null);
        }
        if (name.endsWith(SAFETENSORS)) {
            boolean keep = files.size() == 1 && !needsHeader(files.getFirst());
            OutputFile merged =
                    keep ? files.getFirst() : withHeader(name, places(files), metadata(files));
            return new RestoreLayout(
                    List.of(new OutputFile(name, merged.literal(), merged.places())), null);
        }
        return folder(files, delta);
    }

    private static RestoreLayout folder(List<OutputFile> files, DeltaReader delta) {
        if (files.stream().anyMatch(file -> file.literal().byteSize() > MAX_HEADER_BYTES)) {
            return split(files);
        }
        boolean rewritten = false;
        List<OutputFile> fitted = new ArrayList<>();
        for (OutputFile file : files) {
            // A single file without companions may have any name; in a folder it needs the usual
            // one.
            boolean rename = files.size() == 1 && delta.copies().isEmpty();
            String name = rename ? "model" + SAFETENSORS : file.name();
            boolean rewrite = needsHeader(file);
            OutputFile source =
                    rewrite ? withHeader(name, file.places(), metadata(List.of(file))) : file;
            fitted.add(new OutputFile(name, source.literal(), source.places()));
            rewritten |= rewrite;
        }
        boolean indexed = rewritten && files.size() > 1;
        return new RestoreLayout(fitted, indexed ? index(fitted) : null);
    }

    /** Spreads all tensors anew over files whose headers fit. */
    private static RestoreLayout split(List<OutputFile> files) {
        Map<String, Place> places = new HashMap<>();
        places(files).forEach(place -> places.put(place.record().name(), place));
        Map<String, String> metadata = metadata(files);
        ShardPlan plan =
                ShardPlan.split(
                        "model", planned(places(files)), metadata, CompressPlan.SHARD_BYTES);
        List<OutputFile> shards = new ArrayList<>();
        for (ShardPlan.Shard shard : plan.shards()) {
            List<Place> own =
                    shard.tensors().stream()
                            .map(t -> requireNonNull(places.get(t.name())))
                            .toList();
            shards.add(withHeader(shard.fileName(), own, metadata));
        }
        return new RestoreLayout(shards, shards.size() > 1 ? plan.indexJson() : null);
    }

    private static boolean needsHeader(OutputFile file) {
        long header = file.literal().byteSize();
        boolean converted = file.places().stream().anyMatch(p -> p.dtype() != p.record().dtype());
        return converted || header > MAX_HEADER_BYTES || header % ALIGNMENT != 0;
    }

    private static OutputFile withHeader(
            String name, List<Place> places, Map<String, String> metadata) {
        Map<String, Place> byName = new HashMap<>();
        places.forEach(place -> byName.put(place.record().name(), place));
        List<PlannedTensor> sorted =
                planned(places).stream().sorted(PlannedTensor.CANONICAL_ORDER).toList();
        MemorySegment header = MemorySegment.ofArray(SafetensorsWriter.header(sorted, metadata));
        List<Place> ordered = new ArrayList<>();
        for (PlannedTensor tensor : sorted) {
            Place place = requireNonNull(byName.get(tensor.name()));
            ordered.add(new Place(header.byteSize(), place.record(), place.dtype()));
        }
        return new OutputFile(name, header, ordered);
    }

    private static List<PlannedTensor> planned(List<Place> places) {
        return places.stream()
                .map(p -> new PlannedTensor(p.record().name(), p.dtype(), p.record().shape()))
                .toList();
    }

    private static List<Place> places(List<OutputFile> files) {
        return files.stream().flatMap(file -> file.places().stream()).toList();
    }

    private static Map<String, String> metadata(List<OutputFile> files) {
        OutputFile first = files.getFirst();
        return SafetensorsHeader.metadata(first.name(), first.literal());
    }

    private static String index(List<OutputFile> files) {
        return new ShardPlan(
                        files.stream()
                                .map(f -> new ShardPlan.Shard(f.name(), planned(f.places())))
                                .toList())
                .indexJson();
    }

    /**
     * The model file takes the name asked for; files of external data keep theirs, by which it
     * refers to them.
     */
    private static List<OutputFile> renameModel(List<OutputFile> files, String name) {
        return files.stream()
                .map(
                        file ->
                                file.name().endsWith(ONNX)
                                        ? new OutputFile(name, file.literal(), file.places())
                                        : file)
                .toList();
    }
}
