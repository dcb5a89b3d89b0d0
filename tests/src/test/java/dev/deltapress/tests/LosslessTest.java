package dev.deltapress.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deltapress.bench.BgePair;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.nio.file.Files;
import java.nio.file.Path;

/** What the project promises of {@code lossless}, on the real pair and through the program. */
class LosslessTest {
    /** The tuned file through {@code zstd -19}. */
    private static final long ZSTD_BYTES = 67_195_457;

    private static final BgePair PAIR =
            new BgePair(Path.of(System.getProperty("deltapress.models")));

    @TempDir private Path dir;

    @Test
    void theRealPairComesBackByteForByteFromLittleMoreThanHalfOfWhatZstdTakes() throws Exception {
        Path delta = dir.resolve("delta");
        Path restored = dir.resolve("restored.onnx");
        JsonNode report =
                json(
                        Program.run(
                                "compress",
                                "--base",
                                PAIR.base(),
                                "--tuned",
                                PAIR.tuned(),
                                "--out",
                                delta,
                                "--method",
                                "lossless",
                                "--json"));
        Program.Result result =
                Program.run("restore", "--base", PAIR.base(), "--delta", delta, "--out", restored);

        assertThat(result.exitCode()).isZero();
        assertThat(Files.mismatch(restored, PAIR.tuned())).isEqualTo(-1);
        assertThat(report.get("stored_bytes").asLong()).isLessThan(ZSTD_BYTES * 51 / 100);
        assertThat(report.get("matrices").asInt()).isZero();
        assertThat(report.get("matrix_ratio").asDouble()).isZero();
        assertThat(report.get("relative_error").asDouble()).isZero();
    }

    @Test
    void aRatioIsWrongUsage() throws Exception {
        Program.Result result =
                Program.run(
                        "compress",
                        "--base",
                        PAIR.base(),
                        "--tuned",
                        PAIR.tuned(),
                        "--out",
                        dir.resolve("delta"),
                        "--method",
                        "lossless",
                        "--ratio",
                        "32");

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains("lossless: takes no --ratio");
        assertThat(dir.resolve("delta")).doesNotExist();
    }

    private static JsonNode json(Program.Result result) {
        assertThat(result.exitCode()).as(result.err()).isZero();
        return new JsonMapper().readTree(result.out());
    }
}
