package dev.deltapress.onnx;

import static java.util.Objects.requireNonNull;

import dev.deltapress.checkpoint.Checkpoint;
import dev.deltapress.checkpoint.FileTemplate;
import dev.deltapress.onnx.TensorProto.Elements;
import dev.deltapress.tensor.TensorInfo;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/** An ONNX model with its external data. Keeps no file open. */
final class OnnxCheckpoint implements Checkpoint {

    private record Source(TensorFile file, Extent extent) {}

    private final Path path;
    private final List<TensorFile> files;
    private final SequencedMap<String, TensorInfo> tensors = new LinkedHashMap<>();
    private final Map<String, Source> sources = new HashMap<>();

    private OnnxCheckpoint(Path path, List<TensorFile> files, Consumers consumers) {
        this.path = path;
        this.files = files;
        for (TensorFile file : files) {
            for (TensorFile.Place place : file.places()) {
                tensors.put(place.name(), info(place.tensors(), consumers));
                sources.put(place.name(), new Source(file, place.extent()));
            }
        }
    }

    static OnnxCheckpoint open(Path path) throws IOException {
        ModelProto model = ModelProtoReader.read(path);
        var modelFile = new TensorFile(path);
        SequencedMap<String, TensorFile> externalFiles = new LinkedHashMap<>();
        for (String location : model.externalLocations()) {
            externalFiles.put(location, new TensorFile(ExternalLocation.resolve(path, location)));
        }
        for (Initializer tensor : model.initializers()) {
            String location = tensor.location();
            TensorFile file =
                    location == null ? modelFile : requireNonNull(externalFiles.get(location));
            file.add(tensor);
        }
        List<TensorFile> files = new ArrayList<>(externalFiles.values());
        files.addFirst(modelFile);
        return new OnnxCheckpoint(path, files, new Consumers(model.nodes()));
    }

    private static TensorInfo info(List<Initializer> sharing, Consumers consumers) {
        List<String> names = sharing.stream().map(Initializer::name).toList();
        Elements elements = sharing.getFirst().elements();
        return new TensorInfo(
                names.getFirst(),
                consumers.label(names),
                elements.dtype(),
                elements.shape(),
                consumers.role(elements, names));
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public SequencedMap<String, TensorInfo> tensors() {
        return Collections.unmodifiableSequencedMap(tensors);
    }

    @Override
    public MemorySegment map(String name, Arena arena) throws IOException {
        Source source = sources.get(name);
        if (source == null) {
            throw new IllegalArgumentException(path + ": no tensor '" + name + "'");
        }
        return source.file().map(source.extent(), arena);
    }

    /** The model first, then its external data in the order in which the model names it. */
    @Override
    public List<FileTemplate> templates() throws IOException {
        List<FileTemplate> templates = new ArrayList<>();
        for (TensorFile file : files) {
            templates.add(file.template());
        }
        return templates;
    }

    /** Empty: what lies beside a model need not belong to it. */
    @Override
    public List<String> companions() {
        return List.of();
    }

    /** False: a model says which tensor each of its nodes reads. */
    @Override
    public boolean tiesEmbeddings() {
        return false;
    }

    @Override
    public void close() {}
}
