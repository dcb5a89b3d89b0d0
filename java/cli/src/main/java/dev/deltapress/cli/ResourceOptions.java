package dev.deltapress.cli;

import dev.deltapress.UsageException;
import dev.deltapress.pipeline.Resources;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

import java.util.Iterator;
import java.util.List;

/** What a command may use of the machine. */
final class ResourceOptions {

    @Option(
            names = "--backend",
            defaultValue = "auto",
            paramLabel = "NAME",
            converter = Backend.class,
            completionCandidates = Backend.class,
            description =
                    "Who does the arithmetic: ${COMPLETION-CANDIDATES} (default:"
                            + " ${DEFAULT-VALUE}).")
    private String backend;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads to use; never changes the result (default: all processors).")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(
            names = "--max-memory",
            paramLabel = "SIZE",
            converter = ByteSize.class,
            description =
                    "Bound on the memory of the whole process, such as 2g or 1500m (default: 2.4g,"
                            + " more for larger tensors).")
    private long maxMemory;

    @Spec(Target.MIXEE)
    private CommandSpec command;

    Resources resources() {
        try {
            return new Resources(backend, threads, maxMemory);
        } catch (UsageException e) {
            throw new ParameterException(command.commandLine(), "--" + e.getMessage(), e);
        }
    }

    /** Names of backends, built or not. */
    static final class Backend implements ITypeConverter<String>, Iterable<String> {
        private static final List<String> NAMES = List.of("auto", "java", "native", "cuda");

        @Override
        public String convert(String value) {
            if (!NAMES.contains(value)) {
                throw Choice.unknown(value, NAMES.stream());
            }
            return value;
        }

        @Override
        public Iterator<String> iterator() {
            return NAMES.iterator();
        }
    }
}
