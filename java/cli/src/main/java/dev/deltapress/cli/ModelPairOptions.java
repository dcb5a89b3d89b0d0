package dev.deltapress.cli;

import picocli.CommandLine.Option;

import java.nio.file.Path;

/** The two models whose difference is the delta. */
final class ModelPairOptions {

    @Option(
            names = "--base",
            required = true,
            paramLabel = "BASE",
            description = "Base model: Hugging Face folder, .safetensors file or .onnx file.")
    Path base;

    @Option(
            names = "--tuned",
            required = true,
            paramLabel = "TUNED",
            description = "Fine-tuned model, in the same form.")
    Path tuned;
}
