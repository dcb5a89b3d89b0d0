package dev.deltapress.method;

import dev.deltapress.UsageException;

import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** The methods by name. */
public final class Methods {

    private Methods() {}

    /** Names that {@link #create} knows. */
    public static List<String> names() {
        return List.of("impart");
    }

    /**
     * A method from what a user wrote.
     *
     * @param settings parameters by the paper's names; what is absent takes its default
     * @throws UsageException for an unknown method or parameter or a value out of range; the
     *     message lists what is allowed
     */
    public static Method create(String name, double ratio, Map<String, String> settings) {
        if (!names().contains(name)) {
            throw new UsageException(
                    "unknown method '%s'; known: %s".formatted(name, String.join(", ", names())));
        }
        ImPart defaults = ImPart.ratio(ratio);
        var unknown = new TreeSet<>(settings.keySet());
        unknown.removeAll(defaults.parameters().keySet());
        if (!unknown.isEmpty()) {
            throw new UsageException(
                    "%s: unknown parameter '%s'; known: %s"
                            .formatted(
                                    name,
                                    unknown.first(),
                                    String.join(", ", defaults.parameters().keySet())));
        }
        return new ImPart(
                ratio,
                number(name, settings, "beta", defaults.beta()),
                number(name, settings, "C", defaults.c()),
                flag(name, settings, "paper_exact", defaults.paperExact()));
    }

    private static double number(
            String method, Map<String, String> settings, String key, double absent) {
        String text = settings.get(key);
        if (text == null) {
            return absent;
        }
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new UsageException(
                    "%s: %s must be a number, got '%s'".formatted(method, key, text), e);
        }
    }

    private static boolean flag(
            String method, Map<String, String> settings, String key, boolean absent) {
        String text = settings.get(key);
        if (text == null) {
            return absent;
        }
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default ->
                    throw new UsageException(
                            "%s: %s must be true or false, got '%s'".formatted(method, key, text));
        };
    }
}
