package dev.deltapress.cuda.gpu;

import dev.deltapress.backend.Backend;
import dev.deltapress.backend.Backends;
import dev.deltapress.backend.MatrixView;
import dev.deltapress.backend.PackedMatrix;
import dev.deltapress.cuda.CudaLibraries;
import dev.deltapress.cuda.gpu.Passes.Compressed;
import dev.deltapress.cuda.gpu.Passes.Factorised;
import dev.deltapress.cuda.gpu.Passes.Timed;
import dev.deltapress.panama.DeltaPressNative;
import dev.deltapress.panama.DeviceInfo;
import dev.deltapress.panama.Flavour;
import dev.deltapress.panama.NativeLibrary;
import dev.deltapress.parallel.Team;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * Times the cuda backend on layers in the shapes of Llama-2-7B, base and tuned in host memory:
 * ImPart, truncated SVDs of a given rank, and restoring. A few layers are made up and used in turn,
 * so that little memory and time go into making them; seconds of the whole model are scaled.
 */
@Command(
        name = "GpuBench",
        description = "Times the cuda backend on layers of Llama-2-7B in host memory.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        showDefaultValues = true)
public final class GpuBench implements Callable<Integer> {
    private static final int MODEL_LAYERS = 32;

    /** Most seconds of 32 layers on an H100. */
    private static final List<Integer> IMPART_TARGETS = List.of(30, 10);

    private static final List<Integer> SVD_TARGETS = List.of(60);
    private static final List<Integer> RESTORE_TARGETS = List.of(3);

    @Option(names = "--layers", defaultValue = "4", description = "that are timed")
    private int layers = 4;

    @Option(names = "--made", defaultValue = "1", description = "layers that differ")
    private int made = 1;

    @Option(names = "--scale", defaultValue = "1", description = "by which sides are divided")
    private int scale = 1;

    @Option(names = "--threads", defaultValue = "8", description = "workers")
    private int threads = 8;

    @Option(names = "--ratio", defaultValue = "32")
    private double ratio = 32;

    @Option(names = "--rank", defaultValue = "1024", description = "of the SVDs alone")
    private int rank = 1024;

    @Option(names = "--json", paramLabel = "FILE", description = "receives the result")
    private @Nullable Path json;

    @Option(
            names = "--samples",
            paramLabel = "DIR",
            description = "receives two deltas and what we found, for torch_svd.py")
    private @Nullable Path samples;

    public static void main(String[] args) {
        System.exit(new CommandLine(new GpuBench()).execute(args));
    }

    @Override
    public Integer call() throws IOException {
        // No threads help inside tensors: the device does the work.
        try (Team team = new Team(threads);
                Backend backend = Backends.create("cuda", team, 0, note -> {});
                Arena arena = Arena.ofShared()) {
            List<WeightPair> layer = new ArrayList<>();
            for (int number = 0; number < made; number++) {
                layer.addAll(SyntheticLayer.llama7B(arena, scale, number, team).matrices());
            }
            Map<String, Object> result = run(backend, team, layer);
            if (json != null) {
                JsonMapper.builder()
                        .enable(SerializationFeature.INDENT_OUTPUT)
                        .build()
                        .writeValue(json.toFile(), result);
            }
        }
        return 0;
    }

    private Map<String, Object> run(Backend backend, Team team, List<WeightPair> made)
            throws IOException {
        DeltaPressNative library = NativeLibrary.of(Flavour.CUDA).functions();
        int perLayer = made.size() / this.made;
        List<WeightPair> pairs = repeated(made, layers * perLayer);
        List<WeightPair> one = made.subList(0, perLayer);
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("device", DeviceInfo.of(library, 0));
        result.put("libraries", CudaLibraries.present().description());
        result.put("layers_timed", layers);
        result.put("layers_made", this.made);
        result.put("sides_divided_by", scale);
        result.put("workers", threads);
        try (FreeMemory memory = new FreeMemory(library);
                Passes passes = new Passes(backend, team)) {
            result.put("seconds_to_open", passes.openSeconds());
            // Until every worker has met every shape: code is compiled, libraries load kernels.
            passes.compress(one, ratio);
            Compressed compressed = passes.compress(pairs, ratio);
            result.put("impart", described(compressed, pairs));
            Timed restored = passes.restore(pairs, compressed.blocks());
            result.put("restore", described("restore", restored, layers, RESTORE_TARGETS));
            try (Serving serving = new Serving(backend, library)) {
                List<MatrixView> bases = one.stream().map(WeightPair::base).toList();
                List<PackedMatrix> packed = Passes.packed(one, compressed.blocks());
                int side = one.stream().mapToInt(WeightPair::rows).min().orElseThrow();
                result.put("serve", serving.run(packed, bases, side, ratio, MODEL_LAYERS));
            }
            result.put("impart_one_worker", oneWorker(backend, library, one));
            int few = Math.min(rank, one.stream().mapToInt(WeightPair::rows).min().orElseThrow());
            passes.factorise(one, few);
            Factorised factorised = passes.factorise(pairs, few);
            Map<String, Object> components =
                    described(few + " components", factorised.timed(), layers, SVD_TARGETS);
            components.put("components", few);
            result.put("svd", components);
            Map<String, Long> megabytes = memory.megabytes();
            System.out.println("device memory, MB: " + megabytes);
            result.put("device_memory_mb", megabytes);
            if (samples != null) {
                Samples.write(samples, one, factorised.values(), compressed.ranks());
            }
        }
        return result;
    }

    private static List<WeightPair> repeated(List<WeightPair> some, int count) {
        List<WeightPair> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(some.get(i % some.size()));
        }
        return all;
    }

    private Map<String, Object> described(Compressed compressed, List<WeightPair> pairs) {
        Map<String, Object> map =
                described(
                        "ImPart at %sx".formatted(ratio),
                        compressed.timed(),
                        layers,
                        IMPART_TARGETS);
        long elements = pairs.stream().mapToLong(WeightPair::elements).sum();
        map.put("ratio", (double) elements * Short.BYTES / compressed.bytes());
        map.put("relative_error", compressed.errors().relative());
        map.put("ranks", compressed.ranks().subList(0, Math.min(7, compressed.ranks().size())));
        return map;
    }

    /** Stages do not wait for those of other workers here. */
    private Map<String, Object> oneWorker(
            Backend backend, DeltaPressNative library, List<WeightPair> one) {
        try (Team alone = new Team(1);
                Passes passes = new Passes(backend, alone)) {
            passes.compress(one, ratio);
            Timed timed = passes.compress(one, ratio).timed();
            Map<String, Object> map = described("ImPart, one worker", timed, 1, List.of());
            double kernels = 0;
            for (WeightPair pair : one) {
                kernels += SubtractKernel.seconds(library, pair.elements());
            }
            map.put("subtract_kernels_alone", kernels);
            return map;
        }
    }

    private Map<String, Object> described(
            String what, Timed timed, int layers, List<Integer> targets) {
        double model = timed.seconds() / layers * MODEL_LAYERS;
        Map<String, Double> stages = timed.stages().seconds();
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("layers", layers);
        map.put("seconds", timed.seconds());
        map.put("seconds_of_32_layers", model);
        map.put("worker_seconds_by_stage", stages);
        Map<String, Boolean> met = new LinkedHashMap<>();
        if (scale == 1) {
            targets.forEach(most -> met.put("at most %d s".formatted(most), model <= most));
        }
        map.put("targets_met", met);
        System.out.printf(
                "%s: %d layers in %.3f s, 32 in %.2f s %s%n",
                what, layers, timed.seconds(), model, met);
        stages.forEach(
                (stage, seconds) -> System.out.printf("    %-22s %8.3f s%n", stage, seconds));
        return map;
    }
}
