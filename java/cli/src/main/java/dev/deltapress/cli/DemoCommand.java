package dev.deltapress.cli;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/** {@code deltapress demo}. */
@Command(
        name = "demo",
        description =
                "Compress, restore and compare a real pair, bge-small-en-v1.5 and its base"
                        + " bge-small-en, which Maven fetches once.")
final class DemoCommand implements Callable<Integer> {

    private final Pipeline pipeline;

    @Option(
            names = "--keep",
            paramLabel = "DIR",
            description = "Folder to make for the deltas and restored models (default: removed).")
    private @Nullable Path keep;

    @Mixin private ResourceOptions resources = new ResourceOptions();
    @Mixin private OutputOptions output = new OutputOptions();

    DemoCommand(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    @Override
    public Integer call() throws IOException {
        var request = new DemoRequest(keep, resources.resources());
        DemoReport report = output.withProgress(progress -> pipeline.demo(request, progress));
        output.print(new DemoView(report, keep));
        return 0;
    }
}
