package dev.deltapress.checkpoint;

import dev.deltapress.tensor.TensorInfo;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.SequencedMap;

/** A model that is one safetensors file, with nothing known of it but what its header says. */
public final class SafetensorsCheckpoint implements Checkpoint {
    private final Path path;
    private final ShardSet shards;

    private SafetensorsCheckpoint(Path path, ShardSet shards) {
        this.path = path;
        this.shards = shards;
    }

    /**
     * Opens and validates a file.
     *
     * @throws dev.deltapress.MalformedFileException if it breaks a rule of the format
     */
    public static SafetensorsCheckpoint open(Path path) throws IOException {
        return new SafetensorsCheckpoint(path, ShardSet.open(List.of(path)));
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public SequencedMap<String, TensorInfo> tensors() {
        return shards.tensors();
    }

    @Override
    public MemorySegment map(String name, Arena arena) throws IOException {
        return shards.map(name, arena);
    }

    @Override
    public List<FileTemplate> templates() {
        return shards.templates();
    }

    @Override
    public List<String> companions() {
        return List.of();
    }

    /** Unknown without a configuration, so false: an absent head is then an absent tensor. */
    @Override
    public boolean tiesEmbeddings() {
        return false;
    }

    @Override
    public void close() {
        shards.close();
    }
}
