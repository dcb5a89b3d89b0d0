package dev.deltapress.bench;

import picocli.CommandLine.Option;

import tools.jackson.databind.json.JsonMapper;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** How something is timed, and how the result is printed. */
final class TimingOptions {

    @Option(names = "--threads", defaultValue = "2")
    private int threads;

    @Option(
            names = "--runs",
            defaultValue = "5",
            description = "that are timed, after --warm-up others; the median counts")
    private int runs;

    @Option(names = "--warm-up", defaultValue = "1", description = "at least 1")
    private int warmUp;

    int threads() {
        return threads;
    }

    /**
     * What a run gave, and how long one takes.
     *
     * @param seconds median of the runs
     * @param result of the last run
     */
    record Timed<T>(double seconds, T result) {}

    <T> Timed<T> time(Supplier<T> work) {
        T result = work.get();
        for (int run = 1; run < warmUp; run++) {
            result = work.get();
        }
        double[] seconds = new double[runs];
        for (int run = 0; run < runs; run++) {
            long start = System.nanoTime();
            result = work.get();
            seconds[run] = (System.nanoTime() - start) / 1e9;
        }
        Arrays.sort(seconds);
        return new Timed<>((seconds[(runs - 1) / 2] + seconds[runs / 2]) / 2, result);
    }

    /** Prints one line of JSON, in the keys of bench/peers. */
    void print(String what, double seconds, Map<String, Object> more) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("peer", "deltapress");
        line.put("what", what);
        line.put("seconds", seconds);
        line.put("threads", threads);
        line.putAll(new TreeMap<>(more));
        System.out.println(new JsonMapper().writeValueAsString(line));
    }
}
