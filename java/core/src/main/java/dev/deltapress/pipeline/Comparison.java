package dev.deltapress.pipeline;

import dev.deltapress.DeltaPressException;
import dev.deltapress.UsageException;
import dev.deltapress.io.Staging;
import dev.deltapress.method.Method;
import dev.deltapress.pipeline.CompareReport.Outcome;
import dev.deltapress.pipeline.CompareReport.Reached;
import dev.deltapress.pipeline.CompareReport.Spectrum;
import dev.deltapress.pipeline.CompareReport.Unreached;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.stream.Collectors;

/**
 * Methods side by side on one pair. Each is run as {@link Compressor} runs it, on its own and from
 * the beginning, so that its time is what it takes and its delta the one that a user would get.
 */
public final class Comparison {
    private final CompareRequest request;
    private final Progress progress;

    private Comparison(CompareRequest request, Progress progress) {
        this.request = request;
        this.progress = progress;
    }

    /**
     * Compresses with every method and verifies what was written.
     *
     * @throws UsageException if no method reaches its ratio; the message says what each can do
     * @throws DeltaPressException if the inputs do not belong together or one of the runs fails
     */
    public static CompareReport compare(CompareRequest request, Progress progress)
            throws IOException {
        return new Comparison(request, progress).run();
    }

    private CompareReport run() throws IOException {
        long start = System.nanoTime();
        List<Outcome> outcomes = new ArrayList<>();
        StepProgress steps = new StepProgress(progress);
        for (Map.Entry<String, Method> entry : named(request.methods()).entrySet()) {
            steps.enter(entry.getKey());
            outcomes.add(outcome(entry.getKey(), entry.getValue(), steps));
        }
        CompressReport first =
                outcomes.stream()
                        .filter(Reached.class::isInstance)
                        .map(outcome -> ((Reached) outcome).compressed())
                        .findFirst()
                        .orElseThrow(() -> nothingReached(outcomes));
        steps.enter("singular values");
        List<Spectrum> spectra = Spectra.of(request.pair(), steps);
        return new CompareReport(
                outcomes,
                spectra,
                first.backend(),
                request.pair().seed(),
                (System.nanoTime() - start) / 1e9,
                PeakMemory.bytes());
    }

    /** What tells a method from another, whatever else its class may hold. */
    private record Key(String name, double ratio, SortedMap<String, String> parameters) {
        static Key of(Method method) {
            return new Key(method.name(), method.ratio(), method.parameters());
        }
    }

    /** The methods, each once, by the name of its delta's folder. */
    private static Map<String, Method> named(List<Method> methods) {
        Map<Key, Method> distinct = new LinkedHashMap<>();
        methods.forEach(method -> distinct.putIfAbsent(Key.of(method), method));
        Map<String, Method> named = new LinkedHashMap<>();
        for (Method method : distinct.values()) {
            String name = "%s-%sx".formatted(method.name(), ratioText(method.ratio()));
            int others = 1;
            while (named.putIfAbsent(others == 1 ? name : name + "-" + others, method) != null) {
                others++;
            }
        }
        return named;
    }

    /** A ratio without a fraction that is zero. */
    private static String ratioText(double ratio) {
        return Double.toString(ratio).replaceAll("\\.0$", "");
    }

    private Outcome outcome(String name, Method method, Progress steps) throws IOException {
        if (request.keepDeltas()) {
            return outcome(method, request.folder().resolve(name), steps);
        }
        try (Staging temporary = Staging.beside(request.folder().resolve(name))) {
            return outcome(method, temporary.folder().resolve("delta"), steps);
        }
    }

    private Outcome outcome(Method method, Path delta, Progress steps) throws IOException {
        CompressRequest pair = request.pair();
        CompressReport compressed;
        try {
            compressed =
                    Compressor.compress(
                            pair.withMethod(method).withOut(delta).withForce(false), steps);
        } catch (UsageException e) {
            return new Unreached(method, String.valueOf(e.getMessage()));
        }
        var check = new VerifyRequest(delta, pair.base(), pair.tuned(), pair.resources());
        return new Reached(method, compressed, Verifier.verify(check, steps));
    }

    /** One reason for each method: that of its first ratio names the best already. */
    private static UsageException nothingReached(List<Outcome> outcomes) {
        Map<String, String> reasons = new LinkedHashMap<>();
        for (Outcome outcome : outcomes) {
            if (outcome instanceof Unreached unreached) {
                reasons.putIfAbsent(unreached.method().name(), unreached.reason());
            }
        }
        return new UsageException(
                reasons.isEmpty()
                        ? "no method to compare"
                        : reasons.values().stream().collect(Collectors.joining("; ")));
    }
}
