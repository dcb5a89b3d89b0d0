package dev.deltapress.method;

import dev.deltapress.UsageException;

import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** The methods by name. */
public final class Methods {
    /** What is asked for where nobody says a ratio. */
    public static final double DEFAULT_RATIO = 32;

    private static final List<Entry> ENTRIES =
            List.of(
                    new Entry(ImPart.NAME, ImPart::of),
                    new Entry(ImPartQt.NAME, ImPartQt::of),
                    new Entry(DeltaCome.NAME, DeltaCome::of),
                    new Entry(DeltaMix.NAME, DeltaMix::of),
                    new Entry(LowRank.NAME, (ratio, settings) -> new LowRank(ratio)),
                    new Entry(Dare.NAME, Dare::of),
                    new Entry(DareQt.NAME, DareQt::of),
                    new Entry(DarexQ.NAME, DarexQ::of),
                    new Entry(DeltaDq.NAME, DeltaDq::of),
                    new Entry(UltraDelta.NAME, UltraDelta::of),
                    new Entry(BitDelta.NAME, (ratio, settings) -> new BitDelta(ratio)),
                    new Entry(DeltaDct.NAME, DeltaDct::of),
                    new Entry(Lossless.NAME, (ratio, settings) -> Lossless.of(ratio)));

    private record Entry(String name, Factory factory) {}

    @FunctionalInterface
    private interface Factory {
        Method create(double ratio, Settings settings);
    }

    private Methods() {}

    /** Names that {@link #create} knows. */
    public static List<String> names() {
        return ENTRIES.stream().map(Entry::name).toList();
    }

    /** Whether a method of that name can be asked for a ratio. */
    public static boolean takesRatio(String name) {
        return !name.equals(Lossless.NAME);
    }

    /** The same at the default ratio, or without one. */
    public static Method create(String name, Map<String, String> settings) {
        return create(name, takesRatio(name) ? DEFAULT_RATIO : new Lossless().ratio(), settings);
    }

    /**
     * A method from what a user wrote.
     *
     * @param ratio of a method that {@link #takesRatio}; 1 for another
     * @param settings parameters by the paper's names; what is absent takes its default
     * @throws UsageException for an unknown method or parameter or a value out of range; the
     *     message lists what is allowed
     */
    public static Method create(String name, double ratio, Map<String, String> settings) {
        Factory factory =
                ENTRIES.stream()
                        .filter(entry -> entry.name.equals(name))
                        .findFirst()
                        .orElseThrow(() -> unknown(name))
                        .factory();
        Method defaults = factory.create(ratio, new Settings(name, Map.of()));
        requireKnown(defaults, settings);
        return factory.create(ratio, new Settings(name, settings));
    }

    private static UsageException unknown(String name) {
        return new UsageException(
                "unknown method '%s'; known: %s".formatted(name, String.join(", ", names())));
    }

    private static void requireKnown(Method method, Map<String, String> settings) {
        var known = method.parameters().keySet();
        var unknown = new TreeSet<>(settings.keySet());
        unknown.removeAll(known);
        if (!unknown.isEmpty()) {
            throw new UsageException(
                    "%s: unknown parameter '%s'; known: %s"
                            .formatted(
                                    method.name(),
                                    unknown.first(),
                                    known.isEmpty() ? "none" : String.join(", ", known)));
        }
    }
}
