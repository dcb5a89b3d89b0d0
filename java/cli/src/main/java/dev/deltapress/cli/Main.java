package dev.deltapress.cli;

import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Where the launcher enters. */
public final class Main {

    // Kept here, because what is set on a logger that nobody holds is lost with it.
    private static final Logger LIBRARY = Logger.getLogger("dev.deltapress");

    private Main() {}

    /** Runs one command and ends the JVM with its exit code. */
    public static void main(String[] args) {
        logWarningsOnOneLine();
        var out = writer(FileDescriptor.out, System.out.charset());
        var err = writer(FileDescriptor.err, System.err.charset());
        Interruption interruption = Interruption.announcedOn(err);
        interruption.exit(run(commandLine(new CorePipeline(), out, err), args));
    }

    /** The JVM's own handler takes two lines, and shows what the commands say themselves. */
    private static void logWarningsOnOneLine() {
        System.setProperty("java.util.logging.SimpleFormatter.format", "%5$s%n");
        LIBRARY.setLevel(Level.WARNING);
    }

    /** Not through System.out, which keeps to itself that a disk is full. */
    private static PrintWriter writer(FileDescriptor descriptor, Charset charset) {
        return new PrintWriter(
                new OutputStreamWriter(new FileOutputStream(descriptor), charset), true);
    }

    static CommandLine commandLine(Pipeline pipeline, PrintWriter out, PrintWriter err) {
        return new CommandLine(new DeltaPress())
                .addSubcommand(new DemoCommand(pipeline))
                .addSubcommand(new PlanCommand(pipeline))
                .addSubcommand(new CompressCommand(pipeline))
                .addSubcommand(new RestoreCommand(pipeline))
                .addSubcommand(new VerifyCommand(pipeline))
                .addSubcommand(new InspectCommand(pipeline))
                .addSubcommand(new DoctorCommand(pipeline))
                .addSubcommand(new GenerateCompletion())
                // A path may begin with @.
                .setExpandAtFiles(false)
                .setOut(out)
                .setErr(err)
                .setParameterExceptionHandler(ErrorLines::usage)
                .setExecutionExceptionHandler(ErrorLines::failure)
                .setExecutionStrategy(ErrorLines::runCatchingErrors);
    }

    /** The exit code of a command; also fails where its output could not be written. */
    static int run(CommandLine commandLine, String... args) {
        int exitCode = commandLine.execute(args);
        if (commandLine.getOut().checkError() && exitCode == CommandLine.ExitCode.OK) {
            commandLine.getErr().println("deltapress: cannot write to standard output");
            return CommandLine.ExitCode.SOFTWARE;
        }
        return exitCode;
    }
}
