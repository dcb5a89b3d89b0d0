package dev.deltapress.bench;

import dev.deltapress.checkpoint.PlannedTensor;
import dev.deltapress.checkpoint.SafetensorsWriter;
import dev.deltapress.checkpoint.ShardPlan;
import dev.deltapress.checkpoint.ShardPlan.Shard;
import dev.deltapress.tensor.Floats;
import dev.deltapress.tensor.Shape;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * Writes the shards of a synthetic pair, base and tuned side by side, a block of rows at a time.
 *
 * <p>Weights are normal numbers of deviation 0.02, those of norms of deviation 0.1 around 1,
 * rounded to bf16; tuned weights are base plus delta, rounded again. At the default relative size
 * of 2% the second rounding adds 8% to a delta's bulk (0.6% to its energy), so that it does not
 * drown what is under it.
 */
final class SyntheticShards {
    private static final double WEIGHT = 0.02;
    private static final double NORM = 0.1;
    private static final int BLOCK_ROWS = 256;

    private final Path base;
    private final Path tuned;
    private final SyntheticNumbers numbers;

    /**
     * @param base and tuned are folders that exist
     */
    SyntheticShards(Path base, Path tuned, SyntheticNumbers numbers) {
        this.base = base;
        this.tuned = tuned;
        this.numbers = numbers;
    }

    /** Writes one shard of both models. Shards may be written by several threads at once. */
    void write(Shard shard) throws IOException {
        try (SafetensorsWriter baseOut = writer(base, shard);
                SafetensorsWriter tunedOut = writer(tuned, shard)) {
            for (PlannedTensor tensor : shard.tensors()) {
                write(tensor, baseOut, tunedOut);
            }
        }
    }

    private static SafetensorsWriter writer(Path folder, Shard shard) throws IOException {
        return SafetensorsWriter.inGivenOrder(
                folder.resolve(shard.fileName()), shard.tensors(), ShardPlan.MODEL_METADATA);
    }

    private void write(PlannedTensor tensor, SafetensorsWriter baseOut, SafetensorsWriter tunedOut)
            throws IOException {
        Shape shape = tensor.shape();
        boolean isNorm = shape.rank() == 1;
        int rows = isNorm ? 1 : (int) shape.dimension(0);
        int columns = (int) shape.dimension(shape.rank() - 1);
        String name = tensor.name();
        long key = CounterGaussian.key(numbers.seed(), name + "/base");
        double deviation = isNorm ? NORM : WEIGHT;
        int spikes = Math.min(numbers.spikes(), Math.min(rows, columns));
        double bulk = isTuned(name) ? numbers.relative() * deviation : 0;
        try (SpikedDelta delta =
                new SpikedDelta(numbers.seed(), name, rows, columns, bulk, spikes)) {
            float[] weights = new float[Math.min(BLOCK_ROWS, rows) * columns];
            float[] changes = new float[weights.length];
            for (int row = 0; row < rows; row += BLOCK_ROWS) {
                int count = Math.min(BLOCK_ROWS, rows - row);
                CounterGaussian.fill(
                        key, (long) row * columns, deviation, weights, count * columns);
                if (bulk > 0) {
                    delta.rows(row, count, changes);
                }
                write(name, weights, changes, count * columns, isNorm ? 1 : 0, baseOut, tunedOut);
            }
        }
    }

    private boolean isTuned(String name) {
        boolean isTable = name.contains("embed_tokens") || name.contains("lm_head");
        return numbers.tuneEmbeddings() || !isTable;
    }

    private static void write(
            String name,
            float[] weights,
            float[] changes,
            int length,
            float mean,
            SafetensorsWriter baseOut,
            SafetensorsWriter tunedOut)
            throws IOException {
        short[] baseWords = new short[length];
        short[] tunedWords = new short[length];
        for (int i = 0; i < length; i++) {
            baseWords[i] = Floats.toBf16(weights[i] + mean);
            tunedWords[i] = Floats.toBf16(Floats.fromBf16(baseWords[i]) + changes[i]);
        }
        write(name, baseWords, baseOut);
        write(name, tunedWords, tunedOut);
    }

    private static void write(String name, short[] words, SafetensorsWriter out)
            throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate((long) words.length * Short.BYTES);
            MemorySegment.copy(words, 0, bytes, Floats.WORD16, 0, words.length);
            out.write(name, bytes);
        }
    }
}
