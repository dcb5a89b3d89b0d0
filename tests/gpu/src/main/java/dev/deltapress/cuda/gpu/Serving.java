package dev.deltapress.cuda.gpu;

import dev.deltapress.backend.Backend;
import dev.deltapress.backend.DeltaOperator;
import dev.deltapress.backend.MatrixView;
import dev.deltapress.backend.PackedMatrix;
import dev.deltapress.backend.Weights;
import dev.deltapress.cuda.ServingProbe;
import dev.deltapress.cuda.ServingProbe.Restoring;
import dev.deltapress.panama.DeltaPressNative;
import dev.deltapress.panama.DeviceBuffer;
import dev.deltapress.tensor.DType;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Times the parts of restoring and applying on the device alone, with nobody else on it. */
final class Serving implements AutoCloseable {
    private static final int RUNS = 10;

    /** Keep rates around the one below which cuSPARSE is taken. */
    private static final double[] KEEP_RATES = {0.02, 0.05, 0.1, 0.2, 0.5};

    /** Vectors that are multiplied at once. */
    private static final int[] BATCHES = {1, 16};

    private final Backend backend;
    private final DeltaPressNative library;
    private final ServingProbe probe;

    Serving(Backend backend, DeltaPressNative library) {
        this.backend = backend;
        this.library = library;
        this.probe = new ServingProbe(library, RUNS);
    }

    /**
     * Everything.
     *
     * @param layer packed matrices of one layer
     * @param bases their bases
     * @param side of square matrices for what is not of this layer
     * @param ratio of the deltas at all keep rates
     * @param layers how many the model has
     */
    Map<String, Object> run(
            List<PackedMatrix> layer, List<MatrixView> bases, int side, double ratio, int layers) {
        Map<String, Object> result = new LinkedHashMap<>();
        double roof = probe.denseRate(side);
        result.put("fp32_roof_gflops", roof / 1e9);
        System.out.printf("fp32 roof, sgemm of side %d: %.0f GFLOP/s%n", side, roof / 1e9);
        result.put("on_device", onDevice(layer, bases, roof, layers));
        List<Map<String, Object>> rates = new ArrayList<>();
        for (double keep : KEEP_RATES) {
            rates.add(keepRate(side, keep, ratio, roof));
        }
        result.put("sparse_share", ServingProbe.SPARSE_SHARE);
        result.put("keep_rates", rates);
        result.put("apply", applied(layer, bases));
        return result;
    }

    private Map<String, Object> onDevice(
            List<PackedMatrix> layer, List<MatrixView> bases, double roof, int layers) {
        double seconds = 0;
        List<Map<String, Object>> matrices = new ArrayList<>();
        for (int i = 0; i < layer.size(); i++) {
            PackedMatrix packed = layer.get(i);
            Restoring found = probe.restore(packed, bases.get(i));
            seconds += found.decode() + found.fused();
            Map<String, Object> numbers = described(packed, found, roof);
            matrices.add(numbers);
            print("restore " + packed.where(), numbers);
        }
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("seconds_of_%d_layers".formatted(layers), seconds * layers);
        result.put("matrices", matrices);
        System.out.printf(
                "restored on the device alone: %d layers in %.3f s%n", layers, seconds * layers);
        return result;
    }

    /** A square matrix whose delta has the same bytes at all rates: fewer kept, more components. */
    private Map<String, Object> keepRate(int side, double keep, double ratio, double roof) {
        int rank = Math.clamp(Math.round(side / (2 * ratio * keep)), 1, side);
        try (Arena arena = Arena.ofShared()) {
            Served served = Served.random(arena, DType.BF16, side, side, rank, keep);
            Restoring found = probe.restore(served.packed(), served.base());
            Map<String, Object> numbers = described(served.packed(), found, roof);
            numbers.put("keep", keep);
            numbers.put("sparse_over_fused", found.sparse() / found.fused());
            print("keep rate " + keep, numbers);
            return numbers;
        }
    }

    private static Map<String, Object> described(
            PackedMatrix packed, Restoring found, double roof) {
        int rank = packed.header().rank();
        double operations = 2.0 * packed.rows() * packed.columns() * rank;
        Map<String, Object> numbers = new LinkedHashMap<>();
        numbers.put("rows", packed.rows());
        numbers.put("columns", packed.columns());
        numbers.put("components", rank);
        numbers.put("decode_ms", found.decode() * 1e3);
        numbers.put("fused_ms", found.fused() * 1e3);
        numbers.put("sparse_ms", found.sparse() * 1e3);
        numbers.put("gflops", operations / found.fused() / 1e9);
        numbers.put("gb_per_s", found.bytes() / found.fused() / 1e9);
        numbers.put("copy_gb_per_s", found.bytes() / found.copy() / 1e9);
        numbers.put("of_lower_roof", Math.max(found.copy(), operations / roof) / found.fused());
        return numbers;
    }

    /** The first matrix of each shape. */
    private List<Map<String, Object>> applied(List<PackedMatrix> layer, List<MatrixView> bases) {
        Map<List<Integer>, Integer> shapes = new LinkedHashMap<>();
        for (int i = 0; i < layer.size(); i++) {
            shapes.putIfAbsent(List.of(layer.get(i).rows(), layer.get(i).columns()), i);
        }
        List<Map<String, Object>> results = new ArrayList<>();
        for (int i : shapes.values()) {
            try (Weights base = backend.weights(bases.get(i));
                    DeltaOperator delta = backend.operator(layer.get(i))) {
                for (int batch : BATCHES) {
                    results.add(applied(base, delta, batch));
                }
            }
        }
        return results;
    }

    private Map<String, Object> applied(Weights base, DeltaOperator delta, int batch) {
        long in = (long) batch * delta.columns() * Float.BYTES;
        long out = (long) batch * delta.rows() * Float.BYTES;
        Map<String, Object> numbers = new LinkedHashMap<>();
        numbers.put("rows", delta.rows());
        numbers.put("columns", delta.columns());
        numbers.put("components", delta.rank());
        numbers.put("batch", batch);
        try (DeviceBuffer x = vectors(in);
                DeviceBuffer y = new DeviceBuffer(library, 0, out)) {
            double alone = best(() -> delta.apply(null, x.address(), batch, y.address()));
            double dense = best(() -> probe.multiply(base, x.address(), batch, y.address()));
            double both = best(() -> delta.apply(base, x.address(), batch, y.address()));
            numbers.put("delta_us", alone * 1e6);
            numbers.put("base_us", dense * 1e6);
            numbers.put("both_us", both * 1e6);
        }
        print("apply", numbers);
        return numbers;
    }

    /** Vectors of small normal numbers. */
    private DeviceBuffer vectors(long bytes) {
        DeviceBuffer vectors = new DeviceBuffer(library, 0, bytes);
        probe.fill(vectors.address(), bytes);
        return vectors;
    }

    /** Seconds of the best of some runs, each of which waits for the device. */
    private static double best(Runnable work) {
        double best = Double.MAX_VALUE;
        for (int run = 0; run <= RUNS; run++) {
            long start = System.nanoTime();
            work.run();
            double seconds = (System.nanoTime() - start) / 1e9;
            if (run > 0) {
                best = Math.min(best, seconds);
            }
        }
        return best;
    }

    private static void print(String what, Map<String, Object> numbers) {
        StringBuilder line = new StringBuilder(what + ":");
        numbers.forEach(
                (name, value) ->
                        line.append(' ')
                                .append(name)
                                .append(' ')
                                .append(
                                        value instanceof Double number
                                                ? "%.4g".formatted(number)
                                                : value));
        System.out.println(line);
    }

    @Override
    public void close() {
        probe.close();
    }
}
