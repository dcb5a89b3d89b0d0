package dev.deltapress.onnx;

import dev.deltapress.checkpoint.Checkpoint;
import dev.deltapress.checkpoint.CheckpointFormat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * ONNX models: files named {@code *.onnx}, with or without external data beside them.
 *
 * <p>The tensors are the initializers of the main graph whose elements lie in the file as they lie
 * in memory ({@code raw_data}, {@code float_data}, {@code double_data}, external data). All others
 * (strings, types below a byte, numbers stored as varints, constants of nodes and of inner graphs)
 * belong to the literal bytes of the templates, which keeps them exact. Of tensors that share their
 * bytes the first is listed.
 *
 * <p>A matrix is what {@code MatMul} or {@code Gemm} reads and {@code Gather} does not; it may be
 * stored inputs x outputs or transposed.
 *
 * <p>Source: onnx.proto and docs/ExternalData.md of the ONNX specification.
 */
public final class OnnxFormat implements CheckpointFormat {

    /** For {@code ServiceLoader}; all instances are alike. */
    public OnnxFormat() {}

    @Override
    public boolean recognises(Path path) {
        String name = path.toString().toLowerCase(Locale.ROOT);
        return name.endsWith(".onnx") && !Files.isDirectory(path);
    }

    @Override
    public Checkpoint open(Path path) throws IOException {
        return OnnxCheckpoint.open(path);
    }
}
