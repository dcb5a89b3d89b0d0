package dev.deltapress.checkpoint;

import dev.deltapress.DeltaPressException;
import dev.deltapress.MalformedFileException;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which files of a model's folder hold its weights.
 *
 * @param shards file names, sorted
 * @param index what an index says of them, where there is one
 */
record FolderWeights(List<String> shards, Optional<ShardIndex> index) {
    private static final String SINGLE = "model.safetensors";
    private static final String ADAPTER = "adapter_config.json";
    private static final Pattern SHARD_OF_MANY =
            Pattern.compile(".*-\\d+-of-0*(\\d+)\\.safetensors");

    /**
     * Finds the weights by their names.
     *
     * @throws DeltaPressException if there are none, or if it is unclear which ones are meant
     */
    static FolderWeights find(FolderFiles files) throws IOException {
        if (files.has(ShardIndex.FILE)) {
            return indexed(files, ShardIndex.read(files.folder().resolve(ShardIndex.FILE)));
        }
        if (files.has(SINGLE)) {
            return new FolderWeights(List.of(SINGLE), Optional.empty());
        }
        if (files.has(ADAPTER)) {
            throw refused(
                    files.folder(),
                    "holds an adapter ("
                            + ADAPTER
                            + "), not a model; merge it into its base first, for example with peft's"
                            + " merge_and_unload()");
        }
        List<String> candidates = files.safetensors();
        return switch (candidates.size()) {
            case 0 -> throw withoutWeights(files);
            case 1 -> onlyFile(files.folder(), candidates.getFirst());
            default ->
                    throw refused(
                            files.folder(),
                            "holds %d .safetensors files, but neither %s nor %s"
                                    .formatted(candidates.size(), SINGLE, ShardIndex.FILE));
        };
    }

    private static FolderWeights indexed(FolderFiles files, ShardIndex index) {
        List<String> shards = index.shards();
        for (String shard : shards) {
            if (!files.has(shard)) {
                throw new MalformedFileException(
                        "%s: names shard %s, which is not in the folder"
                                .formatted(index.path(), Text.quote(shard)));
            }
        }
        if (files.has(SINGLE) && !shards.contains(SINGLE)) {
            throw refused(
                    files.folder(),
                    "holds %s and also %s, which names other files; remove one of them"
                            .formatted(SINGLE, ShardIndex.FILE));
        }
        return new FolderWeights(shards, Optional.of(index));
    }

    /** A file of any name, unless its name says that it is a part of something larger. */
    private static FolderWeights onlyFile(Path folder, String name) {
        Matcher part = SHARD_OF_MANY.matcher(name);
        if (part.matches() && !part.group(1).equals("1")) {
            throw refused(
                    folder,
                    "holds %s, one of %s files, but not the others and no %s"
                            .formatted(name, part.group(1), ShardIndex.FILE));
        }
        return new FolderWeights(List.of(name), Optional.empty());
    }

    private static DeltaPressException withoutWeights(FolderFiles files) {
        for (String name : files.names()) {
            Optional<String> advice = ForeignWeights.advice(name);
            if (advice.isPresent()) {
                return refused(
                        files.folder(), "holds no safetensors, but " + name + ": " + advice.get());
            }
        }
        return refused(files.folder(), "holds no .safetensors file");
    }

    private static DeltaPressException refused(Path folder, String message) {
        return new DeltaPressException(folder + ": " + message);
    }
}
