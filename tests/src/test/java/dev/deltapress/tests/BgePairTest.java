package dev.deltapress.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.deltapress.bench.BgePair;
import dev.deltapress.checkpoint.Checkpoint;
import dev.deltapress.checkpoint.Checkpoints;
import dev.deltapress.checkpoint.FileTemplate;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What the project promises, on the real pair: 32x with the defaults, through the program. */
class BgePairTest {
    private static final BgePair PAIR =
            new BgePair(Path.of(System.getProperty("deltapress.models")));

    @TempDir private static Path dir;
    private static Path delta;
    private static Path restored;
    private static JsonNode compressed;

    @BeforeAll
    static void compressAndRestoreOnce() throws Exception {
        delta = dir.resolve("delta");
        restored = dir.resolve("restored.onnx");
        compressed =
                run(
                        "compress",
                        "--base",
                        PAIR.base(),
                        "--tuned",
                        PAIR.tuned(),
                        "--out",
                        delta,
                        "--method",
                        "impart",
                        "--ratio",
                        "32",
                        "--threads",
                        "2");
        run("restore", "--base", PAIR.base(), "--delta", delta, "--out", restored);
    }

    @Test
    void theMatricesAreThirtyTwoTimesSmallerWithEveryByteCounted() throws IOException {
        assertThat(compressed.get("matrices").asInt()).isEqualTo(72);
        assertThat(compressed.get("matrix_ratio").asDouble())
                .isGreaterThanOrEqualTo(32)
                .isLessThan(32.32);
        try (Stream<Path> files = Files.list(delta)) {
            assertThat(files.mapToLong(file -> file.toFile().length()).sum())
                    .isEqualTo(compressed.get("stored_bytes").asLong());
        }
    }

    @Test
    void itTakesNoMoreTimeAndMemoryThanPromised() {
        assertThat(compressed.get("seconds").asDouble()).isLessThanOrEqualTo(60);
        assertThat(compressed.get("peak_rss_bytes").asLong()).isLessThanOrEqualTo(1_500_000_000);
    }

    @Test
    void theRestoredModelDiffersFromTheTunedOneInItsMatricesAlone() throws Exception {
        Set<String> matrices = compressedMatrices();
        assertThat(matrices).hasSize(72);
        try (Checkpoint expected = Checkpoints.open(PAIR.tuned());
                Checkpoint actual = Checkpoints.open(restored);
                Arena arena = Arena.ofConfined()) {
            requireSameOutsideOfTensors(expected.templates(), actual.templates());
            Set<String> differing = new TreeSet<>();
            for (String name : expected.tensors().keySet()) {
                if (expected.map(name, arena).mismatch(actual.map(name, arena)) >= 0) {
                    differing.add(expected.tensors().get(name).displayName());
                }
            }
            assertThat(differing).isEqualTo(matrices);
        }
        assertThat(restored).hasSize(Files.size(PAIR.tuned()));
    }

    private static void requireSameOutsideOfTensors(
            List<FileTemplate> expected, List<FileTemplate> actual) {
        assertThat(expected).hasSize(1);
        assertThat(actual).hasSize(1);
        MemorySegment literal = expected.getFirst().literal();
        assertThat(literal.mismatch(actual.getFirst().literal())).isEqualTo(-1);
        assertThat(actual.getFirst().splices()).isEqualTo(expected.getFirst().splices());
    }

    private static Set<String> compressedMatrices() throws Exception {
        Set<String> names = new TreeSet<>();
        for (JsonNode tensor : run("inspect", "--delta", delta).get("tensors")) {
            if (tensor.get("matrix").asBoolean()) {
                names.add(tensor.get("name").asString());
            }
        }
        return names;
    }

    @Test
    void verifyFindsTheErrorThatCompressReported() throws Exception {
        JsonNode verified =
                run("verify", "--delta", delta, "--base", PAIR.base(), "--tuned", PAIR.tuned());

        double expected = compressed.get("relative_error").asDouble();
        assertThat(verified.get("relative_error").asDouble())
                .isCloseTo(expected, within(1e-6 * expected));
    }

    @Test
    void theEmbeddingsAreThoseOfTheTunedModelWithinAHundredth() throws IOException {
        assertThat(PAIR.distance(PAIR.embed(PAIR.tuned()), restored))
                .isPositive()
                .isLessThanOrEqualTo(0.0095);
    }

    private static JsonNode run(Object... arguments) throws IOException, InterruptedException {
        Object[] all = Stream.concat(Stream.of(arguments), Stream.of("--json")).toArray();
        Program.Result result = Program.run(all);
        assertThat(result.exitCode()).as(result.err()).isZero();
        return new JsonMapper().readTree(result.out());
    }
}
