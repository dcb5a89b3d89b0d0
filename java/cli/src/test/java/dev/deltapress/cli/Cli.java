package dev.deltapress.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;

/** One command run in this JVM: its exit code and what it wrote. */
record Cli(int exitCode, String out, String err) {

    static Cli run(Pipeline pipeline, String commandLine) {
        var out = new StringWriter();
        var err = new StringWriter();
        String[] args = commandLine.isEmpty() ? new String[0] : commandLine.split(" ");
        var command = Main.commandLine(pipeline, new PrintWriter(out), new PrintWriter(err), args);
        int exitCode = Main.run(command, args);
        command.getErr().flush();
        return new Cli(exitCode, out.toString(), err.toString());
    }

    List<String> errorLines() {
        return err.lines().toList();
    }
}
