package dev.deltapress.onnx;

import dev.deltapress.onnx.TensorProto.Elements;

import org.jspecify.annotations.Nullable;

/**
 * A tensor of the main graph that can be mapped.
 *
 * @param name unique in its model
 * @param location file of its external data, or null if it is in the model; see {@link TensorProto}
 */
record Initializer(String name, @Nullable String location, Elements elements) {}
