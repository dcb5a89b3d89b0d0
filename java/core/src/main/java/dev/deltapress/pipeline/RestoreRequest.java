package dev.deltapress.pipeline;

import dev.deltapress.tensor.DType;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;

/**
 * What to restore.
 *
 * @param base the model that the delta was made against
 * @param delta folder of the delta
 * @param out folder, {@code .safetensors} file or {@code .onnx} file to write
 * @param dtype type of all floating tensors of the result, or null for the tuned model's own
 * @param force whether an earlier result at {@code out} may be replaced
 */
public record RestoreRequest(
        Path base,
        Path delta,
        Path out,
        @Nullable DType dtype,
        boolean force,
        Resources resources) {

    /** The tuned model's own types, nothing overwritten. */
    public static RestoreRequest of(Path base, Path delta, Path out) {
        return new RestoreRequest(base, delta, out, null, false, Resources.defaults());
    }
}
