package dev.deltapress.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Methods side by side on a real run. */
class CompareTest {
    @TempDir private Path dir;
    private Folder folder;
    private Map<String, String> inputs;
    private Path out;

    @BeforeEach
    void makePair() throws IOException {
        folder = Folder.withPair(dir);
        inputs = folder.hashes();
        out = dir.resolve("comparison");
    }

    @Test
    void rowsAreWhatTheCommandsSayOfTheDeltasThatAreKept() throws Exception {
        Program.Result result =
                compare(
                        "--methods",
                        "impart,lowrank",
                        "--ratios",
                        "4,500",
                        "--keep-deltas",
                        "--json");

        assertThat(result.exitCode()).as(result.err()).isZero();
        JsonNode rows = json(result).get("rows");
        assertThat(rows).hasSize(4);
        assertThat(rows.get(1).get("reason").asString()).contains("best ratio here: ");
        for (int i : List.of(0, 2)) {
            JsonNode row = rows.get(i);
            Path delta = out.resolve("deltas").resolve(row.get("method").asString() + "-4x");
            JsonNode verified =
                    json(
                            Program.run(
                                    "verify",
                                    "--delta",
                                    delta,
                                    "--base",
                                    folder.base(),
                                    "--tuned",
                                    folder.tuned(),
                                    "--json"));
            assertThat(row.get("reached").asBoolean()).isTrue();
            assertThat(row.get("stored_bytes").asLong()).isEqualTo(sizeOf(delta));
            assertThat(row.get("matrix_ratio").asDouble()).isGreaterThanOrEqualTo(4);
            for (String error : List.of("relative_error", "restored_relative_error")) {
                assertThat(row.get(error).asDouble())
                        .as(error)
                        .isCloseTo(verified.get(error).asDouble(), within(1e-6));
            }
        }
        assertThat(folder.hashes()).containsAllEntriesOf(inputs);
        assertThat(folder.temporaries()).isEmpty();
    }

    @Test
    void deltasAreRemovedUnlessTheyAreWanted() throws Exception {
        Program.Result result = compare("--method", "lowrank", "--ratio", "4");

        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.errorLines()).hasSizeLessThanOrEqualTo(2);
        assertThat(result.out()).contains("lowrank", "written");
        assertThat(folder.names())
                .containsExactly("base.safetensors", "comparison", "tuned.safetensors");
        try (Stream<Path> files = Files.list(out)) {
            assertThat(files).allMatch(Files::isRegularFile).hasSize(12);
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void withoutFontsThereAreTablesAndANote() throws Exception {
        Path fonts = Files.writeString(dir.resolve("fonts.conf"), "<fontconfig></fontconfig>");
        // Java remembers in the user's home which fonts there were.
        Program program =
                Program.startedBy(
                        "env",
                        "FONTCONFIG_FILE=" + fonts,
                        "JAVA_TOOL_OPTIONS=-Duser.home="
                                + Files.createDirectory(dir.resolve("home")));

        Program.Result result = program.execute(arguments("--method", "lowrank", "--ratio", "4"));

        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.err()).contains("no charts: Java cannot draw text here");
        try (Stream<Path> files = Files.list(out)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder(
                            "compare.csv", "compare.json", "layers.csv", "spectra.csv");
        }
    }

    @Test
    void wrongUsageWhereNothingIsReached() throws Exception {
        folder.requireUntouchedBy(
                () -> compare("--methods", "impart,lowrank", "--ratios", "500,800"),
                2,
                "impart: ratio 500.0",
                "; lowrank: ratio 500.0",
                "best ratio here: ");
    }

    @Test
    void anyModelThatDoesNotFitEndsIt() throws Exception {
        Files.write(folder.tuned(), new byte[100]);
        folder.requireUntouchedBy(() -> compare("--ratio", "4"), 1, "tuned.safetensors");
    }

    private Program.Result compare(Object... more) throws IOException, InterruptedException {
        return Program.run(arguments(more));
    }

    private Object[] arguments(Object... more) {
        Object[] usual = {
            "compare", "--base", folder.base(), "--tuned", folder.tuned(), "--out", out
        };
        return Stream.of(usual, more).flatMap(Stream::of).toArray();
    }

    private static JsonNode json(Program.Result result) {
        assertThat(result.out().lines()).as(result.err()).hasSize(1);
        return new JsonMapper().readTree(result.out());
    }

    private static long sizeOf(Path folder) throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                bytes += Files.size(file);
            }
        }
        return bytes;
    }
}
