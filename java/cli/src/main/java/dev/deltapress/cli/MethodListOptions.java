package dev.deltapress.cli;

import dev.deltapress.UsageException;
import dev.deltapress.method.Method;
import dev.deltapress.method.Methods;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Which methods are compared, at which ratios. */
final class MethodListOptions {

    private static final List<Double> RATIOS = List.of(8.0, 16.0, 32.0, 64.0, 128.0);

    @Option(
            names = {"--methods", "--method"},
            split = ",",
            paramLabel = "NAME",
            completionCandidates = MethodOptions.Names.class,
            description = "Methods: ${COMPLETION-CANDIDATES} (default: all of them).")
    private List<String> names = new ArrayList<>();

    @Option(
            names = {"--ratios", "--ratio"},
            split = ",",
            paramLabel = "R",
            description =
                    "Bytes of the matrices in 16 bit over their bytes in the delta, at least 1"
                            + " (default: 8,16,32,64,128). What a method cannot reach is said and"
                            + " left out.")
    private List<Double> ratios = new ArrayList<>();

    @Option(
            names = "--set",
            paramLabel = "[METHOD.]NAME=VALUE",
            description =
                    "Parameter of one method, or of all that have it, by the paper's name;"
                            + " repeatable.")
    private Map<String, String> settings = new LinkedHashMap<>();

    @Spec(Target.MIXEE)
    private CommandSpec command;

    /** Every method at every ratio, methods in the order asked for. */
    List<Method> methods() {
        try {
            return create();
        } catch (UsageException e) {
            throw new ParameterException(command.commandLine(), e.getMessage(), e);
        }
    }

    private List<Method> create() {
        Set<String> chosen = new LinkedHashSet<>(names.isEmpty() ? Methods.names() : names);
        Set<Double> asked = new LinkedHashSet<>(ratios.isEmpty() ? RATIOS : ratios);
        Map<String, Set<String>> known = new LinkedHashMap<>();
        for (String name : chosen) {
            known.put(name, Methods.create(name, Map.of()).parameters().keySet());
        }
        Map<String, Map<String, String>> ofMethod = settings(known);
        List<Method> methods = new ArrayList<>();
        for (String name : chosen) {
            Map<String, String> own = ofMethod.getOrDefault(name, Map.of());
            if (!Methods.takesRatio(name)) {
                methods.add(Methods.create(name, own));
                continue;
            }
            for (double ratio : asked) {
                methods.add(Methods.create(name, ratio, own));
            }
        }
        return methods;
    }

    /**
     * What is set of each method; what names the method wins.
     *
     * @param known parameters of the methods that were chosen
     */
    private Map<String, Map<String, String>> settings(Map<String, Set<String>> known) {
        Map<String, Map<String, String>> ofAll = new HashMap<>();
        Map<String, Map<String, String>> ofOne = new HashMap<>();
        settings.forEach(
                (key, value) -> {
                    int dot = key.indexOf('.');
                    if (dot >= 0) {
                        String method = key.substring(0, dot);
                        requireChosen(method, known);
                        put(ofOne, method, key.substring(dot + 1), value);
                    } else {
                        requireKnown(key, known);
                        known.forEach(
                                (method, parameters) -> {
                                    if (parameters.contains(key)) {
                                        put(ofAll, method, key, value);
                                    }
                                });
                    }
                });
        ofOne.forEach((method, values) -> values.forEach((k, v) -> put(ofAll, method, k, v)));
        return ofAll;
    }

    private static void put(
            Map<String, Map<String, String>> settings, String method, String key, String value) {
        settings.computeIfAbsent(method, _ -> new HashMap<>()).put(key, value);
    }

    private static void requireChosen(String method, Map<String, Set<String>> known) {
        if (!known.containsKey(method)) {
            throw new UsageException(
                    "--set: method '%s' is not compared; compared: %s"
                            .formatted(method, String.join(", ", known.keySet())));
        }
    }

    private static void requireKnown(String parameter, Map<String, Set<String>> known) {
        Set<String> all = new TreeSet<>();
        known.forEach(
                (method, parameters) -> parameters.forEach(name -> all.add(method + "." + name)));
        if (known.values().stream().noneMatch(names -> names.contains(parameter))) {
            throw new UsageException(
                    "--set: no method compared has a parameter '%s'; known: %s"
                            .formatted(parameter, all.isEmpty() ? "none" : String.join(", ", all)));
        }
    }
}
