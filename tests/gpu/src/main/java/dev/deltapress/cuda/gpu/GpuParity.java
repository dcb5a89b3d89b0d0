package dev.deltapress.cuda.gpu;

import dev.deltapress.backend.Backend;
import dev.deltapress.backend.Backends;
import dev.deltapress.backend.JavaBackend;
import dev.deltapress.parallel.Team;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import tools.jackson.databind.json.JsonMapper;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;

/** Compares the cuda backend with the Java backend, step by step; exit code 1 if they disagree. */
@Command(
        name = "GpuParity",
        description = "Compares the cuda backend with the Java backend.",
        mixinStandardHelpOptions = true,
        showDefaultValues = true)
public final class GpuParity implements Callable<Integer> {

    @Option(names = "--small", description = "leave out the matrices of a large model")
    private boolean small;

    @Option(
            names = "--only",
            paramLabel = "TEXT",
            defaultValue = "",
            description = "cases whose lines contain it")
    private String only = "";

    @Option(names = "--threads", description = "of the Java backend")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(names = "--json", paramLabel = "FILE", description = "receives every number")
    private @Nullable Path json;

    public static void main(String[] args) {
        System.exit(new CommandLine(new GpuParity()).execute(args));
    }

    /** What was found in every case. */
    record Summary(List<Map<String, Object>> cases, int failed) {}

    @Override
    public Integer call() {
        List<ParityCheck> cases = new ArrayList<>(small());
        if (!small) {
            cases.addAll(ParityCase.large());
            cases.addAll(BatchCase.large());
            cases.addAll(ServingCase.large());
        }
        cases.removeIf(one -> !one.toString().contains(only));
        try (Team team = new Team(threads);
                Backend cuda = Backends.create("cuda", team, 0, note -> {})) {
            Summary summary = run(cases, cuda, team, System.out::println);
            if (json != null) {
                new JsonMapper().writeValue(json.toFile(), summary);
            }
            return summary.failed() == 0 ? 0 : 1;
        }
    }

    /** What takes seconds on two cores and on stand-ins. */
    static List<ParityCheck> small() {
        List<ParityCheck> cases = new ArrayList<>(ParityCase.small());
        cases.addAll(BatchCase.small());
        cases.addAll(ServingCase.small());
        return cases;
    }

    /** Prints a line for each case, and one for all. */
    static Summary run(
            List<? extends ParityCheck> cases, Backend cuda, Team team, Consumer<String> out) {
        List<Map<String, Object>> found = new ArrayList<>();
        int failed = 0;
        for (ParityCheck one : cases) {
            try (Backend java = new JavaBackend(team)) {
                Findings findings = one.compare(cuda, java, team);
                boolean passed = findings.failures().isEmpty();
                failed += passed ? 0 : 1;
                out.accept(line(one, findings));
                findings.failures().forEach(failure -> out.accept("     " + failure));
                Map<String, Object> numbers = new LinkedHashMap<>();
                numbers.put("case", one.toString());
                numbers.put("passed", passed);
                numbers.put("failures", findings.failures());
                numbers.putAll(findings.values());
                found.add(numbers);
            }
        }
        out.accept("%d of %d cases agree".formatted(cases.size() - failed, cases.size()));
        return new Summary(found, failed);
    }

    private static String line(ParityCheck one, Findings findings) {
        Map<String, Double> values = findings.values();
        String outcome = findings.failures().isEmpty() ? "ok  " : "FAIL";
        String line = outcome + " " + one;
        if (!values.containsKey("error")) {
            return line;
        }
        return "%s: error %.4g, Java %.4g; %.3f s, Java %.3f s"
                .formatted(
                        line,
                        values.getOrDefault("error", Double.NaN),
                        values.getOrDefault("java_error", Double.NaN),
                        values.getOrDefault("cuda_seconds", Double.NaN),
                        values.getOrDefault("java_seconds", Double.NaN));
    }
}
