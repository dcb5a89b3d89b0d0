package dev.deltapress.bench;

import dev.deltapress.checkpoint.ShardPlan;
import dev.deltapress.checkpoint.ShardPlan.Shard;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Writes models that nobody trained, to measure time and memory with: a pair in the shape of
 * Llama-2-7B whose deltas have realistic spectra (see {@link SpikedDelta}), as Hugging Face folders
 * {@code base} and {@code tuned}; or one delta alone.
 *
 * <p>The bytes depend on the options and not on the number of threads; every tensor has its own
 * numbers. A pair of 32 layers takes 26 GB, each thread about 150 MB of memory.
 */
@Command(
        name = "SyntheticPair",
        description = "Writes a synthetic pair of models, or one delta.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        showDefaultValues = true)
public final class SyntheticPair implements Callable<Integer> {

    @ArgGroup(exclusive = true, multiplicity = "1")
    private Target target = new Target();

    /** What to write. */
    private static final class Target {
        @Option(names = "--out", paramLabel = "DIR", description = "receives base/ and tuned/")
        private @Nullable Path folder;

        @Option(
                names = "--matrix",
                paramLabel = "FILE",
                description = "receives one F32 delta named a, of --rows x --columns")
        private @Nullable Path matrix;
    }

    @Option(names = "--layers", defaultValue = "2")
    private int layers;

    @Option(names = "--hidden", defaultValue = "4096")
    private int hidden;

    @Option(names = "--intermediate", defaultValue = "11008")
    private int intermediate;

    @Option(names = "--vocab", defaultValue = "32000")
    private int vocabulary;

    @Option(
            names = "--relative",
            defaultValue = "0.02",
            description = "size of a delta's bulk over that of the weights")
    private double relative;

    @Option(names = "--spikes", defaultValue = "256", description = "per matrix of the pair")
    private int spikes;

    @Option(
            names = "--tune-embeddings",
            description = "let embeddings and head differ too; else they are equal")
    private boolean tuneEmbeddings;

    @Option(names = "--rows", defaultValue = "4096")
    private int rows;

    @Option(names = "--columns", defaultValue = "4096")
    private int columns;

    @Option(names = "--seed", defaultValue = "0")
    private long seed;

    @Option(names = "--threads", defaultValue = "2")
    private int threads;

    public static void main(String[] args) {
        System.exit(new CommandLine(new SyntheticPair()).execute(args));
    }

    @Override
    public Integer call() throws IOException {
        long start = System.nanoTime();
        if (target.matrix != null) {
            SyntheticMatrix.write(target.matrix, rows, columns, seed);
        } else if (target.folder != null) {
            LlamaShape shape = new LlamaShape(layers, hidden, intermediate, vocabulary);
            var numbers = new SyntheticNumbers(seed, relative, spikes, tuneEmbeddings);
            write(target.folder, shape, numbers, threads);
        }
        System.out.printf("written in %.1f s%n", (System.nanoTime() - start) / 1e9);
        return 0;
    }

    /** Writes a pair; the folder may exist, base and tuned in it may not. */
    static void write(Path folder, LlamaShape shape, SyntheticNumbers numbers, int threads)
            throws IOException {
        ShardPlan plan = shape.plan();
        Path base = folder.resolve("base");
        Path tuned = folder.resolve("tuned");
        Files.createDirectories(folder);
        for (Path model : List.of(base, tuned)) {
            Files.createDirectory(model);
            Files.writeString(model.resolve("config.json"), shape.configJson());
            Files.writeString(model.resolve("model.safetensors.index.json"), plan.indexJson());
        }
        writeAll(new SyntheticShards(base, tuned, numbers), plan.shards(), threads);
    }

    private static void writeAll(SyntheticShards writer, List<Shard> shards, int threads)
            throws IOException {
        List<Future<?>> written = new ArrayList<>();
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            for (Shard shard : shards) {
                written.add(
                        pool.submit(
                                () -> {
                                    writer.write(shard);
                                    return null;
                                }));
            }
        }
        for (Future<?> shard : written) {
            try {
                shard.get();
            } catch (ExecutionException e) {
                throw new IOException("a shard could not be written", e.getCause());
            } catch (InterruptedException e) {
                throw new AssertionError("the pool is closed: nothing to wait for", e);
            }
        }
    }
}
