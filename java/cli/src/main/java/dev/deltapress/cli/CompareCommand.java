package dev.deltapress.cli;

import dev.deltapress.method.Method;
import dev.deltapress.pipeline.CompareRequest;
import dev.deltapress.pipeline.CompressRequest;
import dev.deltapress.pipeline.Outputs;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

@Command(
        name = "compare",
        customSynopsis = "deltapress compare --base BASE --tuned TUNED --out DIR [OPTIONS]",
        description =
                "Compress a pair with several methods at several ratios, verify every delta, and"
                        + " write bytes, errors and times as tables and charts. Each run begins"
                        + " anew, so the time is the sum of all.")
final class CompareCommand implements Callable<Integer> {

    private final Pipeline pipeline;

    @Mixin private ModelPairOptions models = new ModelPairOptions();

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "Folder to write: compare.csv, compare.json, layers.csv, charts.")
    private Path out;

    @Mixin private MethodListOptions methods = new MethodListOptions();

    @Option(
            names = "--seed",
            defaultValue = "0",
            paramLabel = "N",
            converter = CompressCommand.Seed.class,
            description = "Seed of all random masks, 0 to 4294967295 (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--keep-deltas",
            description = "Keep the deltas in DIR, in deltas; else each is removed once verified.")
    private boolean keepDeltas;

    @Option(names = "--force", description = "Replace a comparison that is at DIR already.")
    private boolean force;

    @Mixin private SelectionOptions selection = new SelectionOptions();
    @Mixin private ResourceOptions resources = new ResourceOptions();
    @Mixin DeviceOptions device = new DeviceOptions();
    @Mixin private OutputOptions output = new OutputOptions();

    CompareCommand(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    @Override
    public Integer call() throws IOException {
        CompressRequest pair = pair();
        List<Method> chosen = methods.methods();
        Outputs.requireApart(out, models.base, models.tuned);
        var folder = new CompareFolder(out, CompareFolder.replaceable(out, force), keepDeltas);
        CompareView view =
                output.withProgress(
                        progress ->
                                folder.write(
                                        deltas ->
                                                pipeline.compare(
                                                        new CompareRequest(
                                                                pair, chosen, deltas, keepDeltas),
                                                        progress),
                                        progress));
        output.print(view);
        return 0;
    }

    /** Method, output and force are those of each run. */
    private CompressRequest pair() {
        CompressRequest defaults = CompressRequest.of(models.base, models.tuned, out);
        return new CompressRequest(
                models.base,
                models.tuned,
                out,
                defaults.method(),
                seed,
                selection.selection(),
                selection.nonFinite,
                selection.allowRemoved,
                false,
                resources.resources().withDeviceMemory(device.deviceMemory));
    }
}
