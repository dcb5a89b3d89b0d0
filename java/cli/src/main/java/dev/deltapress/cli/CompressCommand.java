package dev.deltapress.cli;

import dev.deltapress.pipeline.CompressReport;
import dev.deltapress.pipeline.CompressRequest;

import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;

@Command(
        name = "compress",
        customSynopsis = "deltapress compress --base BASE --tuned TUNED --out DELTA [OPTIONS]",
        description = "Write what TUNED adds to BASE as a delta, a folder that is much smaller.")
final class CompressCommand implements Callable<Integer> {

    private final Pipeline pipeline;

    @Mixin private ModelPairOptions models = new ModelPairOptions();

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DELTA",
            description = "Folder of the delta to write.")
    private Path out;

    @Mixin private MethodOptions method = new MethodOptions();

    @Option(
            names = "--seed",
            defaultValue = "0",
            paramLabel = "N",
            converter = Seed.class,
            description = "Seed of all random masks, 0 to 4294967295 (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--force", description = "Replace a delta that is at DELTA already.")
    private boolean force;

    @Mixin private SelectionOptions selection = new SelectionOptions();
    @Mixin private ResourceOptions resources = new ResourceOptions();
    @Mixin DeviceOptions device = new DeviceOptions();
    @Mixin private OutputOptions output = new OutputOptions();

    CompressCommand(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    @Override
    public Integer call() throws IOException {
        var request =
                new CompressRequest(
                        models.base,
                        models.tuned,
                        out,
                        method.method(),
                        seed,
                        selection.selection(),
                        selection.nonFinite,
                        selection.allowRemoved,
                        force,
                        resources.resources().withDeviceMemory(device.deviceMemory));
        CompressReport report =
                output.withProgress(progress -> pipeline.compress(request, progress));
        output.print(new CompressView(report, out));
        return 0;
    }

    static final class Seed implements ITypeConverter<Long> {
        @Override
        public Long convert(String value) {
            try {
                return Integer.toUnsignedLong(Integer.parseUnsignedInt(value));
            } catch (NumberFormatException e) {
                throw new TypeConversionException(
                        "expected a number from 0 to 4294967295, found '" + value + "'");
            }
        }
    }
}
