package dev.deltapress.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.deltapress.BackendUnavailableException;
import dev.deltapress.DeltaPressException;
import dev.deltapress.MalformedFileException;
import dev.deltapress.MismatchException;
import dev.deltapress.UsageException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.stream.Stream;

class FailureTest {

    private static final String COMPRESS = "compress --base b --tuned t --out o";

    static Stream<Arguments> failures() {
        return Stream.of(
                arguments(new DeltaPressException("o: exists"), 1, "o: exists"),
                arguments(new MalformedFileException("b: cut"), 1, "b: cut"),
                arguments(new MismatchException("tensor 'w'"), 1, "tensor 'w'"),
                arguments(new UsageException("best ratio is 9"), 2, "best ratio is 9"),
                arguments(new BackendUnavailableException("cuda: no"), 3, "cuda: no"),
                arguments(new NoSuchFileException("/b"), 1, "/b: no such file or folder"),
                arguments(new AccessDeniedException("/b"), 1, "/b: permission denied"),
                arguments(new FileAlreadyExistsException("/o"), 1, "/o: already exists"),
                arguments(new NotDirectoryException("/o"), 1, "/o: not a folder"),
                arguments(new DirectoryNotEmptyException("/o"), 1, "/o: folder is not empty"),
                arguments(
                        new FileSystemException("/o/x", null, "No space left on device"),
                        1,
                        "/o/x: no space left on device"),
                arguments(
                        new FileSystemException("/a", "/b", "Invalid cross-device link"),
                        1,
                        "/a -> /b: invalid cross-device link"),
                arguments(new FileSystemException("/o"), 1, "/o: input or output failed"),
                arguments(new EOFException(), 1, "EOFException"),
                arguments(new IOException("two\nlines\u001b[31m"), 1, "two lines?[31m"),
                arguments(
                        new UncheckedIOException(new NoSuchFileException("/t")),
                        1,
                        "/t: no such file or folder"),
                arguments(
                        new OutOfMemoryError("Java heap space"),
                        1,
                        "out of memory (Java heap space): use fewer --threads or a lower"
                                + " --max-memory, or allow more with DELTAPRESS_JAVA_OPTS=-Xmx4g"),
                arguments(
                        new IllegalStateException("oops"),
                        1,
                        "internal error, please report it with --verbose:"
                                + " java.lang.IllegalStateException: oops"),
                arguments(
                        new AssertionError("oops"),
                        1,
                        "internal error, please report it with --verbose:"
                                + " java.lang.AssertionError: oops"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("failures")
    void aFailureIsOneLineAndAnExitCode(Throwable thrown, int exitCode, String line) {
        var pipeline = new FakePipeline();
        pipeline.failure = thrown;

        Cli cli = Cli.run(pipeline, COMPRESS + " --json");

        assertThat(cli).isEqualTo(new Cli(exitCode, "", "deltapress: " + line + "\n"));
    }

    @Test
    void anInterruptedThreadEndsAsAnInterruptedRun() {
        assertThat(Failure.of(new InterruptedException()))
                .isEqualTo(new Failure(130, "interrupted"));
    }

    @Test
    void verboseAddsTheStackTrace() {
        var pipeline = new FakePipeline();
        pipeline.failure = new MismatchException("tensor 'w'");

        Cli cli = Cli.run(pipeline, COMPRESS + " --verbose");

        assertThat(cli.errorLines().getFirst()).isEqualTo("deltapress: tensor 'w'");
        assertThat(cli.err()).contains("at dev.deltapress.cli.FailureTest");
    }

    @Test
    void aFailingRunWritesOneNoteAndTheError() {
        var pipeline = new FakePipeline();
        pipeline.notes = 3;
        pipeline.failure = new MismatchException("tensor 'w'");

        Cli cli = Cli.run(pipeline, COMPRESS);

        assertThat(cli.errorLines()).containsExactly("note 1", "deltapress: tensor 'w'");
    }
}
