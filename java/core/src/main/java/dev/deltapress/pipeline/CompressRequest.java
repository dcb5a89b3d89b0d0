package dev.deltapress.pipeline;

import dev.deltapress.method.ImPart;
import dev.deltapress.method.Method;

import java.nio.file.Path;

/**
 * What to compress and how.
 *
 * @param base folder or file of the base model
 * @param tuned folder or file of the fine-tuned model
 * @param out folder of the delta to write
 * @param seed seed of all masks, an unsigned 32-bit number
 * @param allowRemoved whether the tuned model may lack tensors that the base has
 * @param force whether an existing delta at {@code out} may be replaced
 */
public record CompressRequest(
        Path base,
        Path tuned,
        Path out,
        Method method,
        long seed,
        Selection selection,
        NonFinitePolicy nonFinite,
        boolean allowRemoved,
        boolean force,
        Resources resources) {

    /** ImPart at 32x with the defaults of the command line. */
    public static CompressRequest of(Path base, Path tuned, Path out) {
        return new CompressRequest(
                base,
                tuned,
                out,
                ImPart.ratio(32),
                0,
                Selection.defaults(),
                NonFinitePolicy.REFUSE,
                false,
                false,
                Resources.defaults());
    }

    public CompressRequest withMethod(Method newMethod) {
        return new CompressRequest(
                base,
                tuned,
                out,
                newMethod,
                seed,
                selection,
                nonFinite,
                allowRemoved,
                force,
                resources);
    }

    public CompressRequest withSeed(long newSeed) {
        return new CompressRequest(
                base,
                tuned,
                out,
                method,
                newSeed,
                selection,
                nonFinite,
                allowRemoved,
                force,
                resources);
    }

    public CompressRequest withForce(boolean newForce) {
        return new CompressRequest(
                base,
                tuned,
                out,
                method,
                seed,
                selection,
                nonFinite,
                allowRemoved,
                newForce,
                resources);
    }

    public CompressRequest withResources(Resources newResources) {
        return new CompressRequest(
                base,
                tuned,
                out,
                method,
                seed,
                selection,
                nonFinite,
                allowRemoved,
                force,
                newResources);
    }
}
