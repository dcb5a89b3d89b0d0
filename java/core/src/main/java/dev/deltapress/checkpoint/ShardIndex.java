package dev.deltapress.checkpoint;

import dev.deltapress.MalformedFileException;
import dev.deltapress.tensor.TensorInfo;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A {@code model.safetensors.index.json}: which tensor is in which shard. The headers of the shards
 * are the truth; an index that says otherwise is refused, except for its total, which is often
 * wrong in the wild.
 *
 * @param path the index file
 * @param shardOf plain file name by tensor name
 * @param totalSize {@code metadata.total_size} as it stands there, or a missing node
 */
record ShardIndex(Path path, Map<String, String> shardOf, JsonNode totalSize) {
    static final String FILE = "model.safetensors.index.json";

    private static final System.Logger LOG = System.getLogger(ShardIndex.class.getName());

    static ShardIndex read(Path path) throws IOException {
        JsonNode root = Json.readObject(Json.STRICT_MAPPER, path);
        JsonNode weightMap = root.path("weight_map");
        if (!weightMap.isObject() || weightMap.isEmpty()) {
            throw new MalformedFileException(path + ": weight_map is not an object with tensors");
        }
        var shardOf = new TreeMap<String, String>();
        for (Map.Entry<String, JsonNode> entry : weightMap.properties()) {
            String shard = entry.getValue().stringValue(null);
            String tensor = Text.quote(entry.getKey());
            if (shard == null) {
                throw new MalformedFileException(
                        "%s: shard of tensor %s is not a string".formatted(path, tensor));
            }
            if (!PlainName.isPlain(shard)) {
                throw new MalformedFileException(
                        "%s: shard %s of tensor %s is not a plain file name"
                                .formatted(path, Text.quote(shard), tensor));
            }
            shardOf.put(entry.getKey(), shard);
        }
        return new ShardIndex(path, shardOf, root.path("metadata").path("total_size"));
    }

    /** Names of the shards, sorted. */
    List<String> shards() {
        return shardOf.values().stream().distinct().sorted().toList();
    }

    /**
     * Holds the index against the headers of its shards.
     *
     * @throws MalformedFileException if a tensor is not where the index says, or is not in the
     *     index
     */
    void check(ShardSet shards) {
        shardOf.forEach(
                (tensor, shard) -> {
                    if (!shard.equals(shards.fileOf(tensor))) {
                        throw new MalformedFileException(
                                "%s: names tensor %s in %s, which lacks it"
                                        .formatted(path, Text.quote(tensor), Text.quote(shard)));
                    }
                });
        for (String tensor : shards.tensors().keySet()) {
            if (!shardOf.containsKey(tensor)) {
                throw new MalformedFileException(
                        "%s: lacks tensor %s of %s"
                                .formatted(
                                        path,
                                        Text.quote(tensor),
                                        Text.quote(String.valueOf(shards.fileOf(tensor)))));
            }
        }
        warnOfTotal(shards.tensors().values().stream().mapToLong(TensorInfo::byteSize).sum());
    }

    private void warnOfTotal(long actual) {
        if (!totalSize.isMissingNode() && totalSize.asLong(-1) != actual) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "{0}: total_size is {1}, but its tensors take {2} bytes; the tensors count",
                    path,
                    Text.clean(totalSize.toString()),
                    Long.toString(actual));
        }
    }
}
