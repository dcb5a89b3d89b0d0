package dev.deltapress.tests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The command line in a JVM of its own, with the flags of the launcher. */
public final class Program {
    static final List<String> VECTOR = List.of("--add-modules", "jdk.incubator.vector");
    private static final long LIMIT_SECONDS = 120;

    private final List<String> before;
    private final List<String> flags;

    private Program(List<String> before, List<String> flags) {
        this.before = before;
        this.flags = flags;
    }

    /** What a finished run left behind. */
    public record Result(int exitCode, String out, String err) {

        List<String> errorLines() {
            return err.lines().toList();
        }

        /** The line about what went wrong: the last one. */
        public String error() {
            return err.isBlank() ? "" : errorLines().getLast();
        }
    }

    static Program deltapress() {
        return new Program(List.of(), VECTOR);
    }

    /** Without the module of the Vector API. */
    static Program withoutVectors() {
        return new Program(List.of(), List.of());
    }

    /** With a system property. */
    static Program withProperty(String name, String value) {
        return withProperties(Map.of(name, value));
    }

    /** With several of them. */
    public static Program withProperties(Map<String, String> properties) {
        List<String> flags = new ArrayList<>(VECTOR);
        properties.forEach((name, value) -> flags.add("-D" + name + "=" + value));
        return new Program(List.of(), List.copyOf(flags));
    }

    /** Started by another command, such as {@code env}, that takes it as its last arguments. */
    static Program startedBy(String... command) {
        return new Program(List.of(command), VECTOR);
    }

    static Result run(Object... arguments) throws IOException, InterruptedException {
        return deltapress().execute(arguments);
    }

    public Result execute(Object... arguments) throws IOException, InterruptedException {
        Path out = Files.createTempFile("out", ".txt");
        Path err = Files.createTempFile("err", ".txt");
        try {
            Process process = start(out, err, arguments);
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("still running after " + LIMIT_SECONDS + " s");
            }
            return result(process, out, err);
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    /** Starts without waiting; both streams go to files. */
    Process start(Path out, Path err, Object... arguments) throws IOException {
        return new ProcessBuilder(command(arguments))
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
    }

    static Result result(Process process, Path out, Path err) throws IOException {
        return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    private List<String> command(Object... arguments) {
        List<String> command = new ArrayList<>(before);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags);
        command.addAll(
                List.of(
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-Xmx1g",
                        "-Xms384m",
                        "-Xmn128m",
                        "-XX:+UseSerialGC",
                        "-XX:-UsePerfData",
                        "-Djdk.util.jar.enableMultiRelease=false",
                        "-Ddeltapress.columns=0",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "dev.deltapress.cli.Main"));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        return command;
    }
}
