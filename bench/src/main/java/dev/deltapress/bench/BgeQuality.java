package dev.deltapress.bench;

import dev.deltapress.UsageException;
import dev.deltapress.method.Method;
import dev.deltapress.method.Methods;
import dev.deltapress.pipeline.CompressReport;
import dev.deltapress.pipeline.CompressRequest;
import dev.deltapress.pipeline.Compressor;
import dev.deltapress.pipeline.Progress;
import dev.deltapress.pipeline.RestoreRequest;
import dev.deltapress.pipeline.Restorer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Prints what each ratio costs on the bge pair, as a Markdown table: bytes on disk, error of the
 * weights, distance of the embeddings, time.
 *
 * <p>Arguments: ratios, default 8 16 32 64. Methods are the property {@code method}, with commas
 * between, or {@code all}; their parameters the property {@code settings}, as {@code name=value}
 * with semicolons between; the seed of masks is the property {@code seed}. The models lie in {@code
 * bench/target/models}, where the build puts them.
 */
public final class BgeQuality {
    private static final double[] RATIOS = {8, 16, 32, 64};

    private BgeQuality() {}

    public static void main(String[] args) throws IOException {
        BgePair pair = new BgePair(Path.of(System.getProperty("models", "bench/target/models")));
        float[][] tuned = pair.embed(pair.tuned());
        System.out.println(
                "| method | ratio | matrix ratio | file ratio | matrix MB | file MB | relative error | 1 - cos | seconds |");
        System.out.println("|---|---|---|---|---|---|---|---|---|");
        for (String name : names()) {
            if (!Methods.takesRatio(name)) {
                row(pair, tuned, Methods.create(name, settings()));
                continue;
            }
            for (double ratio : ratios(args)) {
                row(pair, tuned, Methods.create(name, ratio, settings()));
            }
        }
    }

    private static List<String> names() {
        String names = System.getProperty("method", "impart");
        return names.equals("all") ? Methods.names() : List.of(names.split(",", -1));
    }

    private static double[] ratios(String[] args) {
        double[] ratios = new double[args.length];
        for (int i = 0; i < args.length; i++) {
            ratios[i] = Double.parseDouble(args[i]);
        }
        return args.length == 0 ? RATIOS : ratios;
    }

    private static Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        for (String setting : System.getProperty("settings", "").split(";", -1)) {
            int equals = setting.indexOf('=');
            if (equals > 0) {
                settings.put(setting.substring(0, equals), setting.substring(equals + 1));
            }
        }
        return settings;
    }

    private static void row(BgePair pair, float[][] tuned, Method method) throws IOException {
        Path work = Files.createTempDirectory("deltapress-bench");
        Path delta = work.resolve("delta");
        Path restored = work.resolve("restored.onnx");
        CompressRequest request =
                CompressRequest.of(pair.base(), pair.tuned(), delta)
                        .withSeed(Long.getLong("seed", 0))
                        .withMethod(method);
        CompressReport report;
        try {
            report = Compressor.compress(request, Progress.NONE);
        } catch (UsageException e) {
            System.out.printf(
                    "| %s | %.0f | %s |%n", method.name(), method.ratio(), e.getMessage());
            return;
        }
        Restorer.restore(RestoreRequest.of(pair.base(), delta, restored), Progress.NONE);
        System.out.printf(
                "| %s | %.0f | %.3f | %.2f | %.3f | %.2f | %.4f | %.5f | %.1f |%n",
                method.name(),
                method.ratio(),
                report.matrixRatio(),
                report.fileRatio(),
                report.matrixStoredBytes() / 1e6,
                report.storedBytes() / 1e6,
                report.relativeError(),
                pair.distance(tuned, restored),
                report.seconds());
    }
}
