package dev.deltapress.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deltapress.method.UltraDelta;
import dev.deltapress.tensor.DType;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

class SurveyTest {
    private static final int SIDE = 256;

    /** In the order of the model; the last deviates least. */
    private static final List<String> NAMES = List.of("q_proj", "k_proj", "v_proj");

    @TempDir Path dir;

    @BeforeEach
    void writePair() throws IOException {
        Random random = new Random(3);
        Pairs base = Pairs.base();
        Pairs tuned = Pairs.base();
        for (Pairs model : List.of(base, tuned)) {
            for (int layer = 0; layer < 2; layer++) {
                model.remove("model.layers.%d.self_attn.q_proj.weight".formatted(layer));
                model.remove("model.layers.%d.mlp.down_proj.weight".formatted(layer));
            }
        }
        double deviation = 0.03;
        for (String name : NAMES) {
            float[] values = Pairs.gaussian(random, SIDE * SIDE, 0.1);
            base.put(tensor(name), DType.F32, values, SIDE, SIDE);
            for (int i = 0; i < values.length; i++) {
                // A mean that is larger than all deviations, and does not count.
                values[i] += (float) (0.05 + random.nextGaussian() * deviation);
            }
            tuned.put(tensor(name), DType.F32, values, SIDE, SIDE);
            deviation -= 0.01;
        }
        base.writeFile(dir.resolve("base.safetensors"));
        tuned.writeFile(dir.resolve("tuned.safetensors"));
    }

    private static String tensor(String name) {
        return "model.layers.7.self_attn.%s.weight".formatted(name);
    }

    @Test
    void tensorsThatDeviateMoreGetMoreOfTheSameBytes() throws IOException {
        CompressReport shared = compress(0.02, "shared");
        CompressReport alike = compress(0, "alike");

        long q = bytes(shared, "q_proj");
        long k = bytes(shared, "k_proj");
        long v = bytes(shared, "v_proj");
        // Densities of about 0.09, 0.07 and 0.05 with positions.
        assertThat((double) q / k).isBetween(1.15, 1.3);
        assertThat((double) k / v).isBetween(1.2, 1.4);
        assertThat(shared.matrixRatio()).isBetween(24.0, 24.3);
        assertThat(alike.matrixRatio()).isBetween(24.0, 24.3);
        assertThat((double) bytes(alike, "q_proj") / bytes(alike, "v_proj")).isBetween(0.99, 1.01);
    }

    private static long bytes(CompressReport report, String name) {
        return report.tensors().stream()
                .filter(tensor -> tensor.name().equals(tensor(name)))
                .findFirst()
                .orElseThrow()
                .storedBytes();
    }

    private CompressReport compress(double step, String out) throws IOException {
        return Compressor.compress(
                CompressRequest.of(
                                dir.resolve("base.safetensors"),
                                dir.resolve("tuned.safetensors"),
                                dir.resolve(out))
                        .withMethod(new UltraDelta(24, 4, step, 1))
                        .withResources(new Resources("java", 2, 0)),
                Progress.NONE);
    }
}
