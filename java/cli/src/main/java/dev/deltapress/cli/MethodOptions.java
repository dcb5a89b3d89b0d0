package dev.deltapress.cli;

import dev.deltapress.UsageException;
import dev.deltapress.method.Method;
import dev.deltapress.method.Methods;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/** How matrices are compressed. */
final class MethodOptions {

    @Option(
            names = "--method",
            defaultValue = "impart",
            paramLabel = "NAME",
            completionCandidates = Names.class,
            description = "Method: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private String name;

    @Option(
            names = "--ratio",
            paramLabel = "R",
            description =
                    "Bytes of the matrices in 16 bit over their bytes in the delta, at least 1"
                            + " (default: 32); not with lossless.")
    private @Nullable Double ratio;

    @Option(
            names = "--set",
            paramLabel = "NAME=VALUE",
            description = "Parameter of the method, by the paper's name; repeatable.")
    private Map<String, String> settings = new LinkedHashMap<>();

    @Spec(Target.MIXEE)
    private CommandSpec command;

    Method method() {
        try {
            if (ratio == null) {
                return Methods.create(name, settings);
            }
            if (!Methods.takesRatio(name)) {
                throw new UsageException(name + ": takes no --ratio");
            }
            return Methods.create(name, ratio, settings);
        } catch (UsageException e) {
            throw new ParameterException(command.commandLine(), e.getMessage(), e);
        }
    }

    static final class Names implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Methods.names().iterator();
        }
    }
}
