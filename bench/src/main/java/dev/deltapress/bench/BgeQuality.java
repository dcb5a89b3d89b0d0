package dev.deltapress.bench;

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
import java.util.Map;

/**
 * Prints what each ratio costs on the bge pair, as a Markdown table: bytes on disk, error of the
 * weights, distance of the embeddings, time.
 *
 * <p>Arguments: ratios, default 8 16 32 64. The method is the property {@code method}, its
 * parameters the property {@code settings}, as {@code name=value} with semicolons between, the seed
 * of masks the property {@code seed}, 0 if absent. The models lie in {@code bench/target/models},
 * where the build puts them.
 */
public final class BgeQuality {
    private static final double[] RATIOS = {8, 16, 32, 64};

    private BgeQuality() {}

    public static void main(String[] args) throws IOException {
        BgePair pair = new BgePair(Path.of(System.getProperty("models", "bench/target/models")));
        float[][] tuned = pair.embed(pair.tuned());
        System.out.println(
                "| ratio | matrix ratio | file ratio | matrix MB | file MB | relative error | 1 - cos | seconds |");
        System.out.println("|---|---|---|---|---|---|---|---|");
        for (double ratio : ratios(args)) {
            Path work = Files.createTempDirectory("deltapress-bench");
            row(pair, tuned, ratio, work);
        }
    }

    private static double[] ratios(String[] args) {
        double[] ratios = new double[args.length];
        for (int i = 0; i < args.length; i++) {
            ratios[i] = Double.parseDouble(args[i]);
        }
        return args.length == 0 ? RATIOS : ratios;
    }

    private static Method method(double ratio) {
        Map<String, String> settings = new LinkedHashMap<>();
        for (String setting : System.getProperty("settings", "").split(";", -1)) {
            int equals = setting.indexOf('=');
            if (equals > 0) {
                settings.put(setting.substring(0, equals), setting.substring(equals + 1));
            }
        }
        return Methods.create(System.getProperty("method", "impart"), ratio, settings);
    }

    private static void row(BgePair pair, float[][] tuned, double ratio, Path work)
            throws IOException {
        Path delta = work.resolve("delta");
        Path restored = work.resolve("restored.onnx");
        CompressReport report =
                Compressor.compress(
                        CompressRequest.of(pair.base(), pair.tuned(), delta)
                                .withMethod(method(ratio))
                                .withSeed(Long.getLong("seed", 0)),
                        Progress.NONE);
        Restorer.restore(RestoreRequest.of(pair.base(), delta, restored), Progress.NONE);
        System.out.printf(
                "| %.0f | %.3f | %.2f | %.3f | %.2f | %.4f | %.5f | %.1f |%n",
                ratio,
                report.matrixRatio(),
                report.fileRatio(),
                report.matrixStoredBytes() / 1e6,
                report.storedBytes() / 1e6,
                report.relativeError(),
                pair.distance(tuned, restored),
                report.seconds());
    }
}
