package dev.deltapress.cli;

import dev.deltapress.pipeline.Progress;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

import java.io.IOException;
import java.io.PrintWriter;

/** What is printed: results on standard output, everything else on standard error. */
final class OutputOptions {

    @Option(
            names = "--json",
            description = "Print one JSON object on standard output, and nothing else there.")
    private boolean json;

    @Option(names = "--quiet", description = "Print errors only, and what --json asks for.")
    private boolean quiet;

    @Option(
            names = "--verbose",
            description = "Print every row of tables, and the stack trace of an error.")
    private boolean verbose;

    @Spec(Target.MIXEE)
    private CommandSpec command;

    /** Work that reports how far it is. */
    interface Task<R> {
        R run(Progress progress) throws IOException;
    }

    <R> R withProgress(Task<R> task) throws IOException {
        if (quiet) {
            return task.run(Progress.NONE);
        }
        try (var progress = ConsoleProgress.on(command.commandLine().getErr())) {
            R result = task.run(progress);
            progress.succeed();
            return result;
        }
    }

    void print(View view) {
        PrintWriter out = command.commandLine().getOut();
        if (json) {
            out.println(Json.line(view.json()));
        } else if (!quiet) {
            out.print(view.text(verbose));
        }
        out.flush();
    }
}
