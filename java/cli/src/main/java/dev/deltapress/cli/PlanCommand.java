package dev.deltapress.cli;

import dev.deltapress.pipeline.CompressRequest;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;

@Command(
        name = "plan",
        customSynopsis = "deltapress plan --base BASE --tuned TUNED [OPTIONS]",
        description =
                "Say what compress would do, from the headers of both models alone: which tensors,"
                        + " how many bytes, how much memory and time. Refuses what compress would"
                        + " refuse.")
final class PlanCommand implements Callable<Integer> {

    /** Nothing is written there. */
    private static final Path NO_OUTPUT = Path.of("delta");

    private final Pipeline pipeline;

    @Mixin private ModelPairOptions models = new ModelPairOptions();
    @Mixin private MethodOptions method = new MethodOptions();
    @Mixin private SelectionOptions selection = new SelectionOptions();
    @Mixin private ResourceOptions resources = new ResourceOptions();
    @Mixin DeviceOptions device = new DeviceOptions();
    @Mixin private OutputOptions output = new OutputOptions();

    PlanCommand(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    @Override
    public Integer call() throws IOException {
        var request =
                new CompressRequest(
                        models.base,
                        models.tuned,
                        NO_OUTPUT,
                        method.method(),
                        0,
                        selection.selection(),
                        selection.nonFinite,
                        selection.allowRemoved,
                        false,
                        resources.resources().withDeviceMemory(device.deviceMemory));
        output.print(new PlanView(pipeline.plan(request)));
        return 0;
    }
}
