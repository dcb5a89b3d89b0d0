package dev.deltapress.cuda.gpu;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/** Seconds of each stage, summed over workers. For any number of threads. */
final class StageTimes {
    private final Map<Stage, Long> nanoseconds = new EnumMap<>(Stage.class);

    /** Does some work, whose time is added to a stage. */
    <T> T time(Stage stage, Supplier<T> work) {
        long start = System.nanoTime();
        try {
            return work.get();
        } finally {
            add(stage, System.nanoTime() - start);
        }
    }

    synchronized void add(Stage stage, long more) {
        nanoseconds.merge(stage, more, Long::sum);
    }

    synchronized long nanoseconds(Stage stage) {
        return nanoseconds.getOrDefault(stage, 0L);
    }

    /** Seconds by the stages' names, of those that took time. */
    synchronized Map<String, Double> seconds() {
        Map<String, Double> seconds = new LinkedHashMap<>();
        nanoseconds.forEach(
                (stage, time) -> seconds.put(stage.name().toLowerCase(Locale.ROOT), time / 1e9));
        return seconds;
    }
}
