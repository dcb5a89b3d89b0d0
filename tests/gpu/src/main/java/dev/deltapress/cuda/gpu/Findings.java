package dev.deltapress.cuda.gpu;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Numbers that were found, and those among them that are beyond their limits. */
final class Findings {
    private final Map<String, Double> values = new LinkedHashMap<>();
    private final List<String> failures = new ArrayList<>();

    /** A number that has no limit. */
    void note(String name, double value) {
        values.put(name, value);
    }

    /** A number with the most that it may be; NaN never passes. */
    void expect(String name, double value, double limit) {
        values.put(name, value);
        if (!(value <= limit)) {
            failures.add("%s is %.3g, more than %.3g".formatted(name, value, limit));
        }
    }

    void fail(String what) {
        failures.add(what);
    }

    Map<String, Double> values() {
        return values;
    }

    List<String> failures() {
        return failures;
    }
}
