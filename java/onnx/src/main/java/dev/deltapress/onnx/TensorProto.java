package dev.deltapress.onnx;

import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Shape;

import org.jspecify.annotations.Nullable;

/**
 * A message {@code TensorProto} without its numbers.
 *
 * @param location file of its external data as written there, not yet trusted; null if its data is
 *     in the model
 * @param elements null if they cannot be mapped: no counterpart of their type, less than a byte
 *     each, varints, or more than one piece
 */
record TensorProto(String name, @Nullable String location, @Nullable Elements elements) {

    /**
     * Elements that lie in a file as they lie in memory: little-endian, one after another.
     *
     * @param extent exactly the bytes that type and shape need
     */
    record Elements(DType dtype, Shape shape, Extent extent) {}
}
