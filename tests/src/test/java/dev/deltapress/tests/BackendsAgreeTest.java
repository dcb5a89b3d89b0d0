package dev.deltapress.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.deltapress.backend.BackendStatus;
import dev.deltapress.backend.Backends;
import dev.deltapress.bench.BgePair;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What one backend writes, the other reads; on the real pair and with the same bytes. */
class BackendsAgreeTest {
    private static final BgePair PAIR =
            new BgePair(Path.of(System.getProperty("deltapress.models")));
    private static final List<String> BACKENDS = List.of("native", "java");

    @TempDir private static Path dir;

    @BeforeAll
    static void compressWithBoth() throws Exception {
        BackendStatus status =
                Backends.survey().stream()
                        .filter(found -> found.name().equals("native"))
                        .findFirst()
                        .orElseThrow();
        assumeTrue(status.available(), status::detail);
        for (String backend : BACKENDS) {
            run(
                    "compress",
                    "--base",
                    PAIR.base(),
                    "--tuned",
                    PAIR.tuned(),
                    "--out",
                    dir.resolve(backend),
                    "--backend",
                    backend);
        }
    }

    @Test
    void theyWriteTheSameBytesExceptForTheirNames() throws IOException {
        Path ours = dir.resolve("native");
        Path javas = dir.resolve("java");
        assertThat(Files.mismatch(shard(ours), shard(javas))).isEqualTo(-1);
        assertThat(withoutName(ours, "native")).isEqualTo(withoutName(javas, "java"));
    }

    private static Path shard(Path delta) {
        return delta.resolve("delta.safetensors");
    }

    /** The manifest up to its own hash, which covers the name. */
    private static String withoutName(Path delta, String name) throws IOException {
        String manifest = Files.readString(delta.resolve("delta.json"));
        return manifest.substring(0, manifest.lastIndexOf(",\"sum\""))
                .replace("\"backend\":\"" + name + "\"", "");
    }

    @Test
    void eachRestoresAndVerifiesWhatTheOtherWrote() throws Exception {
        for (String writer : BACKENDS) {
            for (String reader : BACKENDS) {
                run(
                        "restore",
                        "--base",
                        PAIR.base(),
                        "--delta",
                        dir.resolve(writer),
                        "--out",
                        restored(writer, reader),
                        "--backend",
                        reader);
            }
        }
        Path first = restored("java", "java");
        for (String writer : BACKENDS) {
            for (String reader : BACKENDS) {
                assertThat(Files.mismatch(first, restored(writer, reader))).isEqualTo(-1);
            }
        }
        run(
                "verify",
                "--delta",
                dir.resolve("java"),
                "--base",
                PAIR.base(),
                "--tuned",
                PAIR.tuned(),
                "--backend",
                "native");
    }

    private static Path restored(String writer, String reader) {
        return dir.resolve(writer + "-" + reader + ".onnx");
    }

    private static void run(Object... arguments) throws Exception {
        // An OpenBLAS, where there is one, would give other factors.
        Program program = Program.withProperty("deltapress.products", "java");
        Program.Result result = program.execute(arguments);
        assertThat(result.exitCode()).as(result.err()).isZero();
    }
}
