package dev.deltapress.cli;

import dev.deltapress.DeltaPressException;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Fetches jars through Maven, and so through whatever mirror, proxy and local repository the user
 * has set up.
 */
final class DemoMaven implements DemoModels.Fetcher {

    /** Pinned; it copies the jar alone, none of its dependencies. */
    private static final String COPY =
            "org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy";

    private final String program;

    /**
     * @param program name or path of Maven's command
     */
    DemoMaven(String program) {
        this.program = program;
    }

    static DemoMaven onPath() {
        return new DemoMaven(File.separatorChar == '\\' ? "mvn.cmd" : "mvn");
    }

    @Override
    public void fetch(DemoArtefact artefact, Path into) throws IOException {
        Process maven = start(artefact, into);
        try {
            maven.getOutputStream().close();
            List<String> output;
            try (var reader = maven.inputReader()) {
                output = reader.readAllLines();
            }
            if (maven.waitFor() != 0) {
                throw new DeltaPressException("Maven cannot fetch it: " + reason(output));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DeltaPressException("interrupted", e);
        } finally {
            maven.destroy();
        }
    }

    private Process start(DemoArtefact artefact, Path into) {
        var builder =
                new ProcessBuilder(
                                program,
                                "-q",
                                "-B",
                                COPY,
                                "-Dartifact=" + artefact.coordinates(),
                                "-DoutputDirectory=" + into.toAbsolutePath())
                        // No POM is there that could change what is done.
                        .directory(into.toFile())
                        .redirectErrorStream(true);
        // As the launcher does: a machine may have this Java only where the launcher looks.
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        try {
            return builder.start();
        } catch (IOException e) {
            throw new DeltaPressException(
                    "not here yet, and no Maven to fetch it with ("
                            + program
                            + "): install Maven 3.8 or later",
                    e);
        }
    }

    /** The last line before Maven's general advice, without tags. */
    private static String reason(List<String> output) {
        return output.stream()
                .map(
                        line ->
                                line.replaceAll(
                                        "\u001b\\[[0-9;]*m|\\[(ERROR|WARNING|INFO)]| -> \\[Help \\d+]",
                                        ""))
                .takeWhile(line -> !line.contains("To see the full stack trace"))
                .filter(line -> !line.isBlank())
                .reduce((_, last) -> last)
                .orElse("it says nothing")
                .strip();
    }
}
