package dev.deltapress.panama.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A C program without a JVM gives the results of the Java reference too, under the address and
 * undefined-behaviour sanitizers: they would drown in what a JVM does by design.
 */
class VectorFileTest {
    private static final Path ROOT = Path.of(System.getProperty("deltapress.root"));

    @TempDir private Path dir;

    @Test
    void theLibraryIsCleanUnderSanitizersOnTheCasesOfTheJavaReference() throws Exception {
        for (String program : List.of("cmake", "c++", "make")) {
            assumeTrue(installed(program), "no " + program + " here");
        }
        Path build = Files.createDirectories(ROOT.resolve("java/panama/target/sanitize"));
        run(
                "cmake",
                "-S",
                ROOT.resolve("native").toString(),
                "-B",
                build.toString(),
                "-DDELTAPRESS_SANITIZE=ON",
                "-DDELTAPRESS_CUDA=OFF");
        List<String> targets = new ArrayList<>(List.of("cmake", "--build", build.toString()));
        targets.addAll(List.of("--parallel", "2", "--target", "parity", "header", "known_answers"));
        run(targets.toArray(String[]::new));
        Path file = dir.resolve("java.dpv");
        try (VectorFile vectors = new VectorFile(file)) {
            Cases.forEach(
                    ParityTest.SEED,
                    c -> {
                        try {
                            vectors.write(c, new Scalar().run(c));
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    });
        }
        run(build.resolve("tests/parity").toString(), file.toString());
        run(build.resolve("tests/header").toString());
        run(build.resolve("tests/known_answers").toString());
    }

    private static boolean installed(String program) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    private static void run(String... command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        // One test asks for more memory than there is.
        builder.environment().put("ASAN_OPTIONS", "allocator_may_return_null=1");
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(String.join(" ", command) + "\n" + output).isZero();
    }
}
