package dev.deltapress.cli;

import dev.deltapress.pipeline.VerifyReport;
import dev.deltapress.pipeline.VerifyRequest;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;

@Command(
        name = "verify",
        customSynopsis = "deltapress verify --delta DELTA [--base BASE [--tuned TUNED]] [OPTIONS]",
        description =
                "Check a delta: its checksums; with a base, that it is the right one; with the tuned"
                        + " model too, how far the restored tensors are from it.")
final class VerifyCommand implements Callable<Integer> {

    private final Pipeline pipeline;

    @Option(
            names = "--delta",
            required = true,
            paramLabel = "DELTA",
            description = "Folder of the delta.")
    private Path delta;

    @Option(
            names = "--base",
            paramLabel = "BASE",
            description = "The base model that the delta was made against.")
    private @Nullable Path base;

    @Option(
            names = "--tuned",
            paramLabel = "TUNED",
            description = "The fine-tuned model that was compressed; needs --base.")
    private @Nullable Path tuned;

    @Mixin private ResourceOptions resources = new ResourceOptions();
    @Mixin private OutputOptions output = new OutputOptions();
    @Spec private CommandSpec command;

    VerifyCommand(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    @Override
    public Integer call() throws IOException {
        if (tuned != null && base == null) {
            throw new ParameterException(command.commandLine(), "--tuned needs --base as well");
        }
        var request = new VerifyRequest(delta, base, tuned, resources.resources());
        VerifyReport report = output.withProgress(progress -> pipeline.verify(request, progress));
        output.print(new VerifyView(report));
        return 0;
    }
}
