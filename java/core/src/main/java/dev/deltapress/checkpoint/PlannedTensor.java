package dev.deltapress.checkpoint;

import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Shape;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.stream.Stream;

/** A tensor that is going to be written to a safetensors file. */
public record PlannedTensor(String name, DType dtype, Shape shape) {
    /**
     * The order of the format's own library: widest type first, so that every tensor is aligned to
     * its type, then by name as UTF-8 bytes.
     */
    public static final Comparator<PlannedTensor> CANONICAL_ORDER =
            Comparator.comparing(PlannedTensor::dtype)
                    .reversed()
                    .thenComparing(
                            tensor -> tensor.name().getBytes(StandardCharsets.UTF_8),
                            Arrays::compareUnsigned);

    /**
     * @throws IllegalArgumentException if a reader of the format would refuse the name
     * @throws ArithmeticException if the shape has no size in whole bytes
     */
    public PlannedTensor {
        if (name.indexOf('\0') >= 0
                || Text.hasLoneSurrogate(name)
                || name.equals(HeaderJson.METADATA)) {
            throw new IllegalArgumentException("no name for a tensor: " + Text.quote(name));
        }
        dtype.byteSize(shape);
    }

    /** Bytes of the tensor. */
    public long byteSize() {
        return dtype.byteSize(shape);
    }

    /**
     * @throws IllegalArgumentException if two of the tensors have one name
     */
    static void requireDistinctNames(Stream<PlannedTensor> tensors) {
        var names = new HashSet<String>();
        tensors.forEach(
                tensor -> {
                    if (!names.add(tensor.name())) {
                        throw new IllegalArgumentException(
                                "tensor %s is planned twice".formatted(Text.quote(tensor.name())));
                    }
                });
    }
}
