package dev.deltapress.cli;

import picocli.CommandLine.Command;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

/**
 * Runs the commands on models of a single matrix, for the launcher: a JVM that writes down which
 * classes it loads meets all that a real run needs (docs/decisions/0008-start-up.md).
 */
@Command(name = RehearseCommand.NAME, hidden = true, description = "For the launcher.")
final class RehearseCommand implements Callable<Integer> {
    static final String NAME = "rehearse";

    private final Pipeline pipeline;

    RehearseCommand(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    @Override
    public Integer call() throws IOException {
        Path folder = Files.createTempDirectory("deltapress-rehearsal");
        try {
            for (String format : List.of("safetensors", "onnx")) {
                rehearse(folder, format);
            }
        } finally {
            remove(folder);
        }
        return 0;
    }

    private void rehearse(Path folder, String format) throws IOException {
        Path base = TinyModel.write(folder.resolve("base." + format), 1);
        Path tuned = TinyModel.write(folder.resolve("tuned." + format), 2);
        Path delta = folder.resolve("delta-" + format);
        Path restored = folder.resolve("restored." + format);
        run("plan", "--base", base, "--tuned", tuned, "--ratio", 2);
        run("compress", "--base", base, "--tuned", tuned, "--out", delta, "--ratio", 2);
        run("inspect", "--delta", delta, "--json");
        run("restore", "--base", base, "--delta", delta, "--out", restored);
        run("verify", "--base", base, "--tuned", tuned, "--delta", delta);
    }

    /** Whether it works does not matter here. */
    private void run(Object... arguments) {
        String[] args = Stream.of(arguments).map(Object::toString).toArray(String[]::new);
        var nowhere = new PrintWriter(Writer.nullWriter());
        Main.run(Main.commandLine(pipeline, nowhere, nowhere, args), args);
    }

    private static void remove(Path folder) throws IOException {
        List<Path> paths;
        try (Stream<Path> walked = Files.walk(folder)) {
            paths = walked.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : paths) {
            Files.delete(path);
        }
    }
}
