package dev.deltapress.tensor;

import org.jspecify.annotations.Nullable;

/**
 * What a checkpoint says of one tensor, without its numbers.
 *
 * @param name unique in its checkpoint
 * @param label what to show and match it by where the name is anonymous: the path of the consuming
 *     node of an ONNX initialiser, else null
 * @param role what the model uses it for, as far as its checkpoint tells
 */
public record TensorInfo(
        String name, @Nullable String label, DType dtype, Shape shape, TensorRole role) {

    /** Bytes of the tensor. */
    public long byteSize() {
        return dtype.byteSize(shape);
    }

    /** The label where there is one, else the name. */
    public String displayName() {
        return label == null ? name : label;
    }
}
