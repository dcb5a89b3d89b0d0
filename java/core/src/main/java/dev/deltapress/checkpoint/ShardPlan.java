package dev.deltapress.checkpoint;

import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;

import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How the tensors of a model are spread over files, none of them larger than asked for and none
 * with a header over 1 MiB.
 *
 * @param shards files in order; a single one needs no index
 */
public record ShardPlan(List<Shard> shards) {
    /** Metadata without which transformers refuses to load a model. */
    public static final Map<String, String> MODEL_METADATA = Map.of("format", "pt");

    /** For what {@link #split} cannot know yet: offsets have at most 19 digits. */
    private static final int OFFSET_DIGITS = 2 * 19;

    /** One file and its tensors, in the order of the plan. */
    public record Shard(String fileName, List<PlannedTensor> tensors) {
        public Shard {
            tensors = List.copyOf(tensors);
        }
    }

    /**
     * @throws IllegalArgumentException if two tensors have one name
     */
    public ShardPlan {
        shards = List.copyOf(shards);
        PlannedTensor.requireDistinctNames(shards.stream().flatMap(s -> s.tensors().stream()));
    }

    /**
     * Fills one shard after the other in the order given. A tensor larger than a shard gets one of
     * its own.
     *
     * @param stem {@code model} gives {@code model.safetensors}, or {@code
     *     model-00001-of-0000N.safetensors}
     * @param metadata that every shard is going to carry
     * @param maxShardBytes limit on the data of a shard
     */
    public static ShardPlan split(
            String stem,
            List<PlannedTensor> tensors,
            Map<String, String> metadata,
            long maxShardBytes) {
        int emptyHeader = HeaderWriter.render(List.of(), metadata).length;
        var groups = new ArrayList<List<PlannedTensor>>();
        var group = new ArrayList<PlannedTensor>();
        long dataBytes = 0;
        long headerBytes = emptyHeader;
        for (PlannedTensor tensor : tensors) {
            int entry = HeaderWriter.render(List.of(tensor), Map.of()).length + OFFSET_DIGITS;
            boolean fits =
                    headerBytes + entry <= HeaderWriter.MAX_BYTES
                            && tensor.byteSize() <= maxShardBytes - dataBytes;
            if (!fits && !group.isEmpty()) {
                groups.add(group);
                group = new ArrayList<>();
                dataBytes = 0;
                headerBytes = emptyHeader;
            }
            group.add(tensor);
            dataBytes += tensor.byteSize();
            headerBytes += entry;
        }
        groups.add(group);
        return named(stem, groups);
    }

    private static ShardPlan named(String stem, List<List<PlannedTensor>> groups) {
        if (groups.size() == 1) {
            return new ShardPlan(List.of(new Shard(stem + ".safetensors", groups.getFirst())));
        }
        var shards = new ArrayList<Shard>();
        for (List<PlannedTensor> group : groups) {
            String name =
                    "%s-%05d-of-%05d.safetensors".formatted(stem, shards.size() + 1, groups.size());
            shards.add(new Shard(name, group));
        }
        return new ShardPlan(shards);
    }

    /** Bytes of all tensors. */
    public long totalSize() {
        return shards.stream()
                .flatMap(shard -> shard.tensors().stream())
                .mapToLong(PlannedTensor::byteSize)
                .sum();
    }

    /** The text of the {@code .safetensors.index.json} that goes with the shards. */
    public String indexJson() {
        var shardOf = new TreeMap<String, String>();
        shards.forEach(
                shard -> shard.tensors().forEach(t -> shardOf.put(t.name(), shard.fileName())));
        var text = new StringWriter();
        try (JsonGenerator json = Json.STRICT.createGenerator(ObjectWriteContext.empty(), text)) {
            json.writeStartObject();
            json.writeObjectPropertyStart("metadata");
            json.writeNumberProperty("total_size", totalSize());
            json.writeEndObject();
            json.writeObjectPropertyStart("weight_map");
            shardOf.forEach(json::writeStringProperty);
            json.writeEndObject();
            json.writeEndObject();
        }
        return text + "\n";
    }
}
