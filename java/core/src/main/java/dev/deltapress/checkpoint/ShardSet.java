package dev.deltapress.checkpoint;

import dev.deltapress.MalformedFileException;
import dev.deltapress.checkpoint.SafetensorsHeader.Entry;
import dev.deltapress.tensor.TensorInfo;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
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

/** The safetensors files of one model, opened, each tensor in exactly one of them. */
final class ShardSet implements AutoCloseable {
    private final List<SafetensorsFile> files = new ArrayList<>();
    private final SequencedMap<String, TensorInfo> tensors = new LinkedHashMap<>();
    private final Map<String, SafetensorsFile> fileOf = new HashMap<>();

    private ShardSet() {}

    /** Opens files; their order is the order of the tensors. */
    static ShardSet open(List<Path> paths) throws IOException {
        var shards = new ShardSet();
        try {
            for (Path path : paths) {
                shards.add(SafetensorsFile.open(path));
            }
            return shards;
        } catch (Throwable t) {
            shards.close();
            throw t;
        }
    }

    private void add(SafetensorsFile file) {
        files.add(file);
        for (Entry entry : file.header().tensors()) {
            SafetensorsFile other = fileOf.putIfAbsent(entry.name(), file);
            if (other != null) {
                throw new MalformedFileException(
                        "%s: tensor %s is also in %s"
                                .formatted(
                                        file.path(),
                                        Text.quote(entry.name()),
                                        other.path().getFileName()));
            }
            var role = TensorRoles.of(entry.name(), entry.dtype(), entry.shape());
            tensors.put(
                    entry.name(),
                    new TensorInfo(entry.name(), null, entry.dtype(), entry.shape(), role));
        }
    }

    /** Name of the file that holds a tensor, or null where none does. */
    @Nullable String fileOf(String tensor) {
        SafetensorsFile file = fileOf.get(tensor);
        return file == null ? null : String.valueOf(file.path().getFileName());
    }

    SequencedMap<String, TensorInfo> tensors() {
        return Collections.unmodifiableSequencedMap(tensors);
    }

    MemorySegment map(String name, Arena arena) throws IOException {
        SafetensorsFile file = fileOf.get(name);
        if (file == null) {
            throw new IllegalArgumentException("no tensor " + Text.quote(name));
        }
        return file.map(name, arena);
    }

    List<FileTemplate> templates() {
        return files.stream().map(SafetensorsFile::template).toList();
    }

    /** Closes every file, also when one of them fails to close. */
    @Override
    public void close() {
        UncheckedIOException failure = null;
        for (SafetensorsFile file : files.reversed()) {
            try {
                file.close();
            } catch (UncheckedIOException e) {
                failure = failure == null ? e : failure;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
