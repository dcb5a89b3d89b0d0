package dev.deltapress.checkpoint;

import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Shape;
import dev.deltapress.tensor.TensorRole;

import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * What a tensor of a Hugging Face model is for, judged by its dotted name, type and shape; not by
 * the model's architecture, so that new ones work at once.
 */
final class TensorRoles {
    /** A side below this leaves nothing for a low-rank delta to save. */
    private static final long MIN_SIDE = 64;

    /** Modules that are tables over the vocabulary though no "embed" is in their names. */
    private static final Set<String> TABLES =
            Set.of("lm_head", "wte", "wpe", "shared", "output", "output_layer", "head");

    private TensorRoles() {}

    static TensorRole of(String name, DType dtype, Shape shape) {
        if (!dtype.isCompressible()) {
            return TensorRole.OTHER;
        }
        List<String> modules = Arrays.asList(name.split("\\.", -1));
        boolean matrix = shape.rank() == 2 && sidesAreLarge(shape, 0);
        if (modules.stream().anyMatch(TensorRoles::isLayerNumber)) {
            boolean experts =
                    shape.rank() == 3 && shape.dimension(0) > 0 && sidesAreLarge(shape, 1);
            return matrix || experts ? TensorRole.MATRIX : TensorRole.OTHER;
        }
        boolean table = modules.stream().anyMatch(m -> TABLES.contains(m) || m.contains("embed"));
        return matrix && table ? TensorRole.EMBEDDING : TensorRole.OTHER;
    }

    private static boolean sidesAreLarge(Shape shape, int firstAxis) {
        return shape.dimension(firstAxis) >= MIN_SIDE && shape.dimension(firstAxis + 1) >= MIN_SIDE;
    }

    private static boolean isLayerNumber(String module) {
        return !module.isEmpty() && module.chars().allMatch(c -> c >= '0' && c <= '9');
    }
}
