package dev.deltapress.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;

@Command(
        name = "inspect",
        customSynopsis = "deltapress inspect --delta DELTA [OPTIONS]",
        description = "List what is in a delta.")
final class InspectCommand implements Callable<Integer> {

    private final Pipeline pipeline;

    @Option(
            names = "--delta",
            required = true,
            paramLabel = "DELTA",
            description = "Folder of the delta.")
    private Path delta;

    @Mixin private OutputOptions output = new OutputOptions();

    InspectCommand(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    @Override
    public Integer call() throws IOException {
        output.print(new InspectView(pipeline.inspect(delta)));
        return 0;
    }
}
