package dev.deltapress.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deltapress.method.Methods;
import dev.deltapress.tensor.DType;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;

class BudgetTest {
    private static final int LAYERS = 12;

    @TempDir Path dir;

    @BeforeEach
    void writePair() throws IOException {
        Random random = new Random(5);
        Pairs base = Pairs.base();
        for (int layer = 0; layer < LAYERS; layer++) {
            String name = "model.layers.%d.self_attn.o_proj.weight".formatted(layer);
            base.put(name, DType.BF16, Pairs.gaussian(random, 256 * 320, 0.1), 256, 320);
        }
        base.writeFile(dir.resolve("base.safetensors"));
        base.tuned().writeFile(dir.resolve("tuned.safetensors"));
    }

    /** At these ratios a component of 2 bits is 1 to 3% of a matrix's budget, one of f16 12%. */
    @ParameterizedTest(name = "{0} at {1}")
    @CsvSource({"lowrank, 16", "delta-come, 16", "delta-come, 32", "deltamix, 16", "deltamix, 32"})
    void lessThanAHundredthOfTheModelsBytesIsLeft(String method, double ratio) throws IOException {
        CompressReport report =
                Compressor.compress(
                        CompressRequest.of(
                                        dir.resolve("base.safetensors"),
                                        dir.resolve("tuned.safetensors"),
                                        dir.resolve("delta"))
                                .withMethod(Methods.create(method, ratio, Map.of()))
                                .withResources(new Resources("java", 2, 0)),
                        Progress.NONE);

        assertThat(report.matrixRatio()).isBetween(ratio, 1.01 * ratio);
    }
}
