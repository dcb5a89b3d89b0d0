package dev.deltapress.pipeline;

import static java.util.Objects.requireNonNull;

import dev.deltapress.checkpoint.PlannedTensor;
import dev.deltapress.checkpoint.SafetensorsWriter;
import dev.deltapress.checkpoint.ShardPlan;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Floats;
import dev.deltapress.tensor.Shape;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Small models in the shape of a Llama, and fine-tunes of them, for tests to break. */
public final class Pairs {
    private final Map<String, PlannedTensor> tensors = new LinkedHashMap<>();
    private final Map<String, MemorySegment> data = new LinkedHashMap<>();

    private Pairs() {}

    /** Two layers with grouped queries, an embedding table, a head and norms, in BF16. */
    public static Pairs base() {
        Pairs model = new Pairs();
        Random random = new Random(1);
        model.put("model.embed_tokens.weight", DType.BF16, gaussian(random, 96 * 64, 0.5), 96, 64);
        model.put("lm_head.weight", DType.BF16, gaussian(random, 96 * 64, 0.5), 96, 64);
        for (int layer = 0; layer < 2; layer++) {
            String prefix = "model.layers.%d.".formatted(layer);
            model.put(
                    prefix + "self_attn.q_proj.weight",
                    DType.BF16,
                    gaussian(random, 128 * 64, 0.2),
                    128,
                    64);
            model.put(
                    prefix + "mlp.down_proj.weight",
                    DType.BF16,
                    gaussian(random, 64 * 160, 0.2),
                    64,
                    160);
            model.put(prefix + "input_layernorm.weight", DType.F32, gaussian(random, 64, 1), 64);
        }
        return model;
    }

    /** A fine-tune: every element moves a little, matrices mostly along a few directions. */
    public Pairs tuned() {
        Pairs model = new Pairs();
        Random random = new Random(2);
        tensors.forEach(
                (name, tensor) -> {
                    float[] values = values(name);
                    int columns = (int) (long) tensor.shape().dimensions().getLast();
                    double[] along = random.doubles(columns, -1, 1).toArray();
                    double[] down = random.doubles(values.length / columns, -1, 1).toArray();
                    for (int i = 0; i < values.length; i++) {
                        values[i] += (float) (0.02 * along[i % columns] * down[i / columns]);
                        values[i] += (float) (0.002 * random.nextGaussian());
                    }
                    model.put(tensor, values);
                });
        return model;
    }

    public Pairs put(String name, DType dtype, float[] values, long... shape) {
        return put(new PlannedTensor(name, dtype, Shape.of(shape)), values);
    }

    private Pairs put(PlannedTensor tensor, float[] values) {
        MemorySegment bytes = MemorySegment.ofArray(new byte[(int) tensor.byteSize()]);
        for (int i = 0; i < values.length; i++) {
            Floats.set(bytes, tensor.dtype(), i, values[i]);
        }
        return putBytes(tensor, bytes);
    }

    public Pairs putBytes(PlannedTensor tensor, MemorySegment bytes) {
        tensors.put(tensor.name(), tensor);
        data.put(tensor.name(), bytes);
        return this;
    }

    public Pairs remove(String name) {
        tensors.remove(name);
        data.remove(name);
        return this;
    }

    public float[] values(String name) {
        PlannedTensor tensor = requireNonNull(tensors.get(name));
        MemorySegment bytes = requireNonNull(data.get(name));
        float[] values = new float[(int) tensor.shape().elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = Floats.get(bytes, tensor.dtype(), i);
        }
        return values;
    }

    /** Writes a single file. */
    public Path writeFile(Path file) throws IOException {
        writeShard(file, List.copyOf(tensors.values()));
        return file;
    }

    /** Writes a Hugging Face folder, with one tensor in each shard if {@code sharded}. */
    public Path writeFolder(Path folder, boolean sharded) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(
                folder.resolve("config.json"),
                "{\"model_type\":\"llama\",\"dtype\":\"bfloat16\"}\n");
        Files.writeString(folder.resolve("tokenizer.json"), "{\"version\":\"1.0\"}\n");
        List<PlannedTensor> all = new ArrayList<>(tensors.values());
        ShardPlan plan =
                ShardPlan.split("model", all, ShardPlan.MODEL_METADATA, sharded ? 1 : 1L << 30);
        for (ShardPlan.Shard shard : plan.shards()) {
            writeShard(folder.resolve(shard.fileName()), shard.tensors());
        }
        if (plan.shards().size() > 1) {
            Files.writeString(folder.resolve("model.safetensors.index.json"), plan.indexJson());
        }
        return folder;
    }

    private void writeShard(Path file, List<PlannedTensor> shard) throws IOException {
        try (SafetensorsWriter writer =
                SafetensorsWriter.canonical(file, shard, ShardPlan.MODEL_METADATA)) {
            for (PlannedTensor tensor : writer.tensors()) {
                writer.write(tensor.name(), requireNonNull(data.get(tensor.name())));
            }
        }
    }

    public static float[] gaussian(Random random, int count, double deviation) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (random.nextGaussian() * deviation);
        }
        return values;
    }
}
