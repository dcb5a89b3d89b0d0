package dev.deltapress.cli;

import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.UnmatchedArgumentException;

import java.io.PrintWriter;

/** Turns what went wrong into one line on standard error and an exit code. */
final class ErrorLines {

    private ErrorLines() {}

    /** Wrong usage: the line and a hint, since nothing else was printed before. */
    static int usage(ParameterException exception, String[] args) {
        CommandLine command = exception.getCommandLine();
        PrintWriter err = command.getErr();
        err.println("deltapress: " + Text.oneLine(usageMessage(exception)));
        err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
        return ExitCode.USAGE;
    }

    private static String usageMessage(ParameterException exception) {
        String message = String.valueOf(exception.getMessage());
        String shown = Character.toLowerCase(message.charAt(0)) + message.substring(1);
        if (exception instanceof UnmatchedArgumentException unmatched
                && !unmatched.getSuggestions().isEmpty()) {
            return shown + "; did you mean " + unmatched.getSuggestions().getFirst() + "?";
        }
        return shown;
    }

    /** The work failed. */
    static int failure(Throwable thrown, CommandLine command, ParseResult parsed) {
        Failure failure = Failure.of(thrown);
        if (Interruption.isUnderWay()) {
            return failure.exitCode();
        }
        command.getErr().println("deltapress: " + failure.line());
        if (leaf(parsed).matchedOptionValue("--verbose", false)) {
            thrown.printStackTrace(command.getErr());
        }
        return failure.exitCode();
    }

    /**
     * Runs a command; picocli's handlers see exceptions only, and running out of memory is none.
     */
    static int runCatchingErrors(ParseResult parsed) {
        try {
            return new RunLast().execute(parsed);
        } catch (Error error) {
            return failure(error, leaf(parsed).commandSpec().commandLine(), parsed);
        }
    }

    private static ParseResult leaf(ParseResult parsed) {
        ParseResult leaf = parsed;
        while (leaf.hasSubcommand()) {
            leaf = leaf.subcommand();
        }
        return leaf;
    }
}
