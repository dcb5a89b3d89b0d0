package dev.deltapress.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.deltapress.backend.BackendStatus;
import dev.deltapress.backend.Backends;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** What the commands print when all is well: one pair goes through all of them. */
class CommandLineTest {
    @TempDir private static Path dir;
    private static Folder folder;
    private static Map<String, String> inputs;
    private static JsonNode compressed;

    @BeforeAll
    static void compressOnce() throws Exception {
        folder = Folder.withPair(dir);
        inputs = folder.hashes();
        compressed = json(folder.compress("--json"));
    }

    @Test
    void compressReportsTheDocumentedKeys() {
        assertThat(compressed.propertyNames())
                .containsExactly(
                        "tensors",
                        "matrices",
                        "stored_bytes",
                        "matrix_stored_bytes",
                        "embedding_stored_bytes",
                        "tuned_bytes_16bit",
                        "matrix_bytes_16bit",
                        "file_ratio",
                        "matrix_ratio",
                        "relative_error",
                        "restored_relative_error",
                        "seconds",
                        "backend",
                        "method",
                        "seed",
                        "peak_rss_bytes");
        assertThat(compressed.get("matrices").asInt()).isEqualTo(4);
        assertThat(compressed.get("matrix_ratio").asDouble()).isGreaterThanOrEqualTo(4);
        assertThat(compressed.get("backend").asString()).isEqualTo(fastest());
        assertThat(compressed.get("method").asString()).isEqualTo("impart");
        assertThat(compressed.get("seed").asLong()).isZero();
    }

    @Test
    void planReportsTheDocumentedKeysAndWritesNothing() throws Exception {
        var before = folder.hashes();
        JsonNode plan =
                json(
                        Program.run(
                                "plan",
                                "--base",
                                folder.base(),
                                "--tuned",
                                folder.tuned(),
                                "--ratio",
                                "4",
                                "--json"));

        assertThat(plan.propertyNames())
                .containsExactly(
                        "tensors",
                        "matrices",
                        "tuned_bytes_16bit",
                        "matrix_bytes_16bit",
                        "matrix_budget_bytes",
                        "estimated_bytes",
                        "estimated_seconds",
                        "peak_memory_bytes",
                        "backend",
                        "method",
                        "notes");
        assertThat(plan.get("matrices")).isEqualTo(compressed.get("matrices"));
        assertThat(folder.hashes()).isEqualTo(before);
    }

    @Test
    void inspectReportsTheDocumentedKeys() throws Exception {
        JsonNode inspected = json(Program.run("inspect", "--delta", folder.delta(), "--json"));

        assertThat(inspected.propertyNames())
                .containsExactly(
                        "format_version",
                        "method",
                        "parameters",
                        "seed",
                        "backend",
                        "base",
                        "stored_bytes",
                        "tensors",
                        "files");
        assertThat(inspected.get("stored_bytes")).isEqualTo(compressed.get("stored_bytes"));
        assertThat(inspected.get("tensors").get(0).propertyNames())
                .containsExactly(
                        "name",
                        "shape",
                        "relative_error",
                        "stored_bytes",
                        "ratio",
                        "dtype",
                        "kind",
                        "matrix");
    }

    @Test
    void verifyReportsTheDocumentedKeysAndTheErrorOfCompress() throws Exception {
        JsonNode verified = json(verify("--json"));

        assertThat(verified.propertyNames())
                .containsExactly(
                        "ok",
                        "checked",
                        "relative_error",
                        "restored_relative_error",
                        "tensors",
                        "seconds");
        assertThat(verified.get("ok").asBoolean()).isTrue();
        assertThat(verified.get("tensors").get(0).propertyNames())
                .containsExactly("name", "shape", "relative_error", "stored_bytes", "ratio");
        double expected = compressed.get("relative_error").asDouble();
        assertThat(verified.get("relative_error").asDouble())
                .isCloseTo(expected, within(1e-6 * expected));
    }

    @Test
    void restoreReportsTheDocumentedKeysAndLeavesItsInputsAlone() throws Exception {
        Path restored = dir.resolve("json.safetensors");
        JsonNode report =
                json(
                        Program.run(
                                "restore",
                                "--base",
                                folder.base(),
                                "--delta",
                                folder.delta(),
                                "--out",
                                restored,
                                "--json"));

        assertThat(report.propertyNames())
                .containsExactly(
                        "tensors",
                        "matrices",
                        "written_bytes",
                        "seconds",
                        "backend",
                        "peak_rss_bytes");
        assertThat(restored).hasSize(report.get("written_bytes").asLong());
        assertThat(folder.hashes()).containsAllEntriesOf(inputs);
        assertThat(folder.temporaries()).isEmpty();
    }

    @Test
    void peopleAreToldWhatWasDone() throws Exception {
        Path other = dir.resolve("other");
        Path restored = dir.resolve("text.safetensors");

        assertThat(
                        text(
                                Program.run(
                                        "compress",
                                        "--base",
                                        folder.base(),
                                        "--tuned",
                                        folder.tuned(),
                                        "--out",
                                        other,
                                        "--ratio",
                                        "4")))
                .contains(other.toString(), "4 matrices", "impart");
        assertThat(
                        text(
                                Program.run(
                                        "restore",
                                        "--base",
                                        folder.base(),
                                        "--delta",
                                        other,
                                        "--out",
                                        restored)))
                .contains(restored.toString(), "4 matrices");
        assertThat(text(verify())).contains("checksums, fingerprints, errors", "q_proj");
        assertThat(text(Program.run("inspect", "--delta", other))).contains("impart(", "factors");
        assertThat(
                        text(
                                Program.run(
                                        "plan",
                                        "--base",
                                        folder.base(),
                                        "--tuned",
                                        folder.tuned(),
                                        "--ratio",
                                        "4")))
                .contains("4 matrices");
        // The same command twice: the same bytes.
        assertThat(new Folder(other).hashes()).isEqualTo(new Folder(folder.delta()).hashes());
    }

    @Test
    void quietCommandsPrintNothing() throws Exception {
        Program.Result result =
                Program.run("verify", "--delta", folder.delta(), "--base", folder.base(), "-q");
        assertThat(result.exitCode()).isEqualTo(2);

        Program.Result quiet =
                Program.run(
                        "verify", "--delta", folder.delta(), "--base", folder.base(), "--quiet");
        assertThat(quiet.exitCode()).isZero();
        assertThat(quiet.out()).isEmpty();
    }

    private static Program.Result verify(Object... more) throws IOException, InterruptedException {
        Object[] usual = {
            "verify",
            "--delta",
            folder.delta(),
            "--base",
            folder.base(),
            "--tuned",
            folder.tuned(),
            "--verbose"
        };
        return Program.run(
                java.util.stream.Stream.of(usual, more)
                        .flatMap(java.util.stream.Stream::of)
                        .toArray());
    }

    private static String text(Program.Result result) {
        assertThat(result.exitCode()).as(result.err()).isZero();
        return result.out();
    }

    /** Standard output as the one JSON object that it must be. */
    private static JsonNode json(Program.Result result) {
        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out().lines()).hasSize(1);
        return new JsonMapper().readTree(result.out());
    }

    private static String fastest() {
        return Backends.survey().stream()
                .filter(BackendStatus::available)
                .findFirst()
                .orElseThrow()
                .name();
    }
}
