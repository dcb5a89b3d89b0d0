package dev.deltapress.cli;

import dev.deltapress.pipeline.RestoreReport;
import dev.deltapress.pipeline.RestoreRequest;
import dev.deltapress.tensor.DType;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;

@Command(
        name = "restore",
        customSynopsis = "deltapress restore --base BASE --delta DELTA --out MODEL [OPTIONS]",
        description = "Rebuild the fine-tuned model from BASE and DELTA.")
final class RestoreCommand implements Callable<Integer> {

    private final Pipeline pipeline;

    @Option(
            names = "--base",
            required = true,
            paramLabel = "BASE",
            description = "The base model that the delta was made against.")
    private Path base;

    @Option(
            names = "--delta",
            required = true,
            paramLabel = "DELTA",
            description = "Folder of the delta.")
    private Path delta;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "MODEL",
            description = "Folder, .safetensors file or .onnx file to write.")
    private Path out;

    @Option(
            names = "--dtype",
            defaultValue = "same",
            paramLabel = "TYPE",
            converter = Types.class,
            completionCandidates = Types.class,
            description =
                    "Type of the floating tensors: ${COMPLETION-CANDIDATES} (default:"
                            + " ${DEFAULT-VALUE}, as the tuned model had them).")
    private Type dtype;

    @Option(names = "--force", description = "Replace a restored model that is at MODEL already.")
    private boolean force;

    @Mixin private ResourceOptions resources = new ResourceOptions();
    @Mixin private OutputOptions output = new OutputOptions();

    RestoreCommand(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    @Override
    public Integer call() throws IOException {
        var request =
                new RestoreRequest(base, delta, out, dtype.dtype, force, resources.resources());
        RestoreReport report = output.withProgress(progress -> pipeline.restore(request, progress));
        output.print(new RestoreView(report, out));
        return 0;
    }

    enum Type {
        SAME(null),
        F32(DType.F32),
        BF16(DType.BF16),
        F16(DType.F16);

        private final @Nullable DType dtype;

        Type(@Nullable DType dtype) {
            this.dtype = dtype;
        }
    }

    static final class Types extends Choice<Type> {
        Types() {
            super(Type.class);
        }
    }
}
