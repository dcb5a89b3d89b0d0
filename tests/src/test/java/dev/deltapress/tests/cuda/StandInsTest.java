package dev.deltapress.tests.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.deltapress.bench.BgePair;
import dev.deltapress.tests.Program;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** The real pair through the command line with {@code --backend cuda}, where there is no GPU. */
class StandInsTest {
    private static final BgePair PAIR =
            new BgePair(Path.of(System.getProperty("deltapress.models")));
    private static final Path FOLDER = Path.of(System.getProperty("deltapress.standins"));
    private static final Path RUNTIME = FOLDER.resolve("libdeltapress_standin.so");
    private static final Pattern ERROR = Pattern.compile("\"relative_error\":([0-9.]+)");
    private static final Pattern RATIO = Pattern.compile("\"matrix_ratio\":([0-9.]+)");

    /** How far errors of two backends may be apart: either is within 1% of the best possible. */
    private static final double AGREEMENT = 0.01;

    @TempDir private static Path dir;

    @BeforeAll
    static void compressInJava() throws Exception {
        assumeTrue(Files.exists(RUNTIME), "no stand-ins: no CMake or C++ compiler here");
        compress("java", 13, dir.resolve("java"));
    }

    @ParameterizedTest
    @ValueSource(ints = {12, 13})
    void thePairIsCompressedRestoredAndVerified(int version) throws Exception {
        Path delta = dir.resolve("cuda" + version);
        double error = compress("cuda", version, delta);
        assertThat(error).isCloseTo(verified("java", 13, dir.resolve("java")), within(AGREEMENT));
        // On the same backend the same sums, on the other one another order of additions.
        assertThat(verified("cuda", version, delta)).isCloseTo(error, within(1e-9));
        assertThat(verified("java", version, delta)).isCloseTo(error, within(1e-6));

        Path restored = restored("cuda", version, delta);
        assertThat(Files.mismatch(restored, restored("java", version, delta))).isEqualTo(-1);
        assertThat(Files.size(restored)).isEqualTo(Files.size(PAIR.tuned()));
    }

    @Test
    void bandsOfBitsAreRefittedOnTheDeviceAsOnTheHost() throws Exception {
        Path delta = dir.resolve("bands");
        double error = compress("cuda", 13, delta, "--method", "delta-come");
        double expected = compress("java", 13, dir.resolve("java-bands"), "--method", "delta-come");
        assertThat(error).isCloseTo(expected, within(AGREEMENT));
        assertThat(verified("java", 13, delta)).isCloseTo(error, within(1e-6));
    }

    private static Path restored(String backend, int version, Path delta) throws Exception {
        Path restored = dir.resolve("restored-" + backend + version + ".onnx");
        run(
                version,
                "restore",
                "--backend",
                backend,
                "--base",
                PAIR.base(),
                "--delta",
                delta,
                "--out",
                restored);
        return restored;
    }

    @Test
    void theSameBytesComeOutWhateverTheNumberOfThreads() throws Exception {
        Path one = dir.resolve("one");
        Path three = dir.resolve("three");
        compress("cuda", 13, one, "--threads", 1);
        compress("cuda", 13, three, "--threads", 3, "--device-memory", "1g");
        String shard = "delta.safetensors";
        assertThat(Files.mismatch(one.resolve(shard), three.resolve(shard))).isEqualTo(-1);
    }

    @Test
    void aBoundOnTheDevicesMemoryThatIsTooLowNamesTheTensor() throws Exception {
        Program.Result result =
                program(13)
                        .execute(
                                "compress",
                                "--backend",
                                "cuda",
                                "--base",
                                PAIR.base(),
                                "--tuned",
                                PAIR.tuned(),
                                "--out",
                                dir.resolve("none"),
                                "--device-memory",
                                "10m");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.error())
                .contains("tensor '/encoder/layer.0/")
                .contains("10 MB allowed; --device-memory sets the bound");
        assertThat(dir.resolve("none")).doesNotExist();
    }

    @Test
    void doctorSaysWhatRuns() throws Exception {
        Program.Result result = program(13).execute("doctor");
        assertThat(result.out())
                .containsPattern("backend cuda +runs: DeltaPress stand-in")
                .contains("CUDA 13: cuBLAS 13.1.0");
    }

    private static double compress(String backend, int version, Path delta, Object... more)
            throws Exception {
        Object[] all = {
            "compress",
            "--json",
            "--backend",
            backend,
            "--base",
            PAIR.base(),
            "--tuned",
            PAIR.tuned(),
            "--out",
            delta
        };
        Object[] arguments = Arrays.copyOf(all, all.length + more.length);
        System.arraycopy(more, 0, arguments, all.length, more.length);
        String json = run(version, arguments);
        // Bands leave what is less than a component.
        double most = List.of(more).contains("delta-come") ? 32.5 : 32.1;
        assertThat(number(RATIO, json)).as("ratio of the matrices").isBetween(32.0, most);
        return number(ERROR, json);
    }

    private static double verified(String backend, int version, Path delta) throws Exception {
        return number(
                ERROR,
                run(
                        version,
                        "verify",
                        "--json",
                        "--backend",
                        backend,
                        "--base",
                        PAIR.base(),
                        "--tuned",
                        PAIR.tuned(),
                        "--delta",
                        delta));
    }

    private static double number(Pattern pattern, String json) {
        var found = pattern.matcher(json);
        assertThat(found.find()).as(json).isTrue();
        return Double.parseDouble(found.group(1));
    }

    private static String run(int version, Object... arguments) throws Exception {
        Program.Result result = program(version).execute(arguments);
        assertThat(result.exitCode()).as(result.err()).isZero();
        return result.out();
    }

    private static Program program(int version) {
        return Program.withProperties(
                Map.of(
                        "deltapress.cuda.library",
                        RUNTIME.toString(),
                        "deltapress.cuda.path",
                        FOLDER.resolve("cuda" + version).toString()));
    }
}
