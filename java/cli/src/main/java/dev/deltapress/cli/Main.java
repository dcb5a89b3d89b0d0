package dev.deltapress.cli;

import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
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
        interruption.exit(run(commandLine(new CorePipeline(), out, err, args), args));
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

    /**
     * As much as these arguments need: reading the annotations of all commands takes longer than
     * many a command.
     */
    static CommandLine commandLine(
            Pipeline pipeline, PrintWriter out, PrintWriter err, String... args) {
        var commandLine = new CommandLine(new DeltaPress());
        Map<String, Supplier<Object>> commands = commands(pipeline);
        String first = args.length == 0 ? "" : args[0];
        if (first.equals(RehearseCommand.NAME)) {
            commandLine.addSubcommand(new RehearseCommand(pipeline));
        } else if (commands.containsKey(first)) {
            commandLine.addSubcommand(commands.get(first).get());
        } else if (!first.equals("--version")) {
            commands.values().forEach(command -> commandLine.addSubcommand(command.get()));
            commandLine.addSubcommand(new GenerateCompletion());
        }
        return commandLine
                // A path may begin with @.
                .setExpandAtFiles(false)
                .setOut(out)
                .setErr(err)
                .setParameterExceptionHandler(ErrorLines::usage)
                .setExecutionExceptionHandler(ErrorLines::failure)
                .setExecutionStrategy(ErrorLines::runCatchingErrors);
    }

    private static Map<String, Supplier<Object>> commands(Pipeline pipeline) {
        Map<String, Supplier<Object>> commands = new LinkedHashMap<>();
        commands.put("demo", () -> new DemoCommand(pipeline));
        commands.put("plan", () -> new PlanCommand(pipeline));
        commands.put("compress", () -> new CompressCommand(pipeline));
        commands.put("compare", () -> new CompareCommand(pipeline));
        commands.put("restore", () -> new RestoreCommand(pipeline));
        commands.put("verify", () -> new VerifyCommand(pipeline));
        commands.put("inspect", () -> new InspectCommand(pipeline));
        commands.put("doctor", () -> new DoctorCommand(pipeline));
        return commands;
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
