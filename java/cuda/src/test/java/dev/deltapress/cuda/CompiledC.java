package dev.deltapress.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Small shared libraries, compiled on the spot. */
final class CompiledC {
    private CompiledC() {}

    /** Compiles a shared library. No C compiler is a failure: these tests are never skipped. */
    static Path library(Path folder, String fileName, String source, List<String> options)
            throws IOException, InterruptedException {
        assertThat(System.getenv("PATH").split(File.pathSeparator))
                .as("tests of the cuda module need a C compiler, cc, on the PATH")
                .anyMatch(p -> Files.isExecutable(Path.of(p, "cc")));
        Path file = Files.writeString(folder.resolve(fileName + ".c"), source);
        Path library = folder.resolve(fileName);
        List<String> command = new ArrayList<>(List.of("cc", "-shared", "-fPIC", "-o"));
        command.addAll(List.of(library.toString(), file.toString()));
        command.addAll(options);
        assertThat(run(command)).isEmpty();
        Files.delete(file);
        return library;
    }

    /** What a command prints, which must succeed. */
    static String run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    static boolean has(String tool) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(p -> Files.isExecutable(Path.of(p, tool)));
    }
}
