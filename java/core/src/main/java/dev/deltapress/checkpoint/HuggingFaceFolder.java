package dev.deltapress.checkpoint;

import dev.deltapress.DeltaPressException;
import dev.deltapress.tensor.TensorInfo;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.SequencedMap;

/**
 * A model as Hugging Face transformers saves it: a folder with one safetensors file or several and
 * an index, a {@code config.json}, a tokenizer and whatever else belongs to it.
 *
 * <p>Only files directly inside the folder count, under plain names; symbolic links are followed.
 */
public final class HuggingFaceFolder implements Checkpoint {
    private static final System.Logger LOG = System.getLogger(HuggingFaceFolder.class.getName());

    private final Path folder;
    private final ShardSet shards;
    private final FolderWeights weights;
    private final ModelConfig config;

    private HuggingFaceFolder(
            Path folder, ShardSet shards, FolderWeights weights, ModelConfig config) {
        this.folder = folder;
        this.shards = shards;
        this.weights = weights;
        this.config = config;
    }

    /**
     * Opens a folder and validates every file of weights in it.
     *
     * @throws dev.deltapress.MalformedFileException if a file breaks a rule of its format, or the
     *     index does not agree with the headers of its shards
     * @throws DeltaPressException if the folder holds no weights that can be read as plain numbers
     */
    public static HuggingFaceFolder open(Path folder) throws IOException {
        ModelConfig config = ModelConfig.read(folder);
        if (config.quantized()) {
            throw new DeltaPressException(
                    ("%s: has a quantization_config, so its weights are not plain numbers;"
                                    + " use the model in 16 or 32 bit that it was made from")
                            .formatted(folder.resolve(ModelConfig.FILE)));
        }
        FolderFiles files = FolderFiles.list(folder);
        FolderWeights weights = FolderWeights.find(files);
        ShardSet shards = ShardSet.open(weights.shards().stream().map(folder::resolve).toList());
        try {
            weights.index().ifPresent(index -> index.check(shards));
        } catch (Throwable t) {
            shards.close();
            throw t;
        }
        warnOfStrangers(files, weights);
        return new HuggingFaceFolder(folder, shards, weights, config);
    }

    private static void warnOfStrangers(FolderFiles files, FolderWeights weights) {
        for (String name : files.safetensors()) {
            if (!weights.shards().contains(name)) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "{0}: is no part of the model and is left out",
                        files.folder().resolve(name));
            }
        }
    }

    @Override
    public Path path() {
        return folder;
    }

    @Override
    public SequencedMap<String, TensorInfo> tensors() {
        return shards.tensors();
    }

    @Override
    public MemorySegment map(String name, Arena arena) throws IOException {
        return shards.map(name, arena);
    }

    /** One for each shard, sorted by file name. */
    @Override
    public List<FileTemplate> templates() {
        return shards.templates();
    }

    /**
     * {@inheritDoc} The index of the shards is among them; weights in other formats, hidden files
     * and sub-folders are not.
     *
     * @throws DeltaPressException if one of them is larger than 64 MiB
     */
    @Override
    public List<String> companions() throws IOException {
        return FolderFiles.list(folder).companions(weights.shards());
    }

    @Override
    public boolean tiesEmbeddings() {
        return config.tiesEmbeddings();
    }

    @Override
    public void close() {
        shards.close();
    }
}
