package dev.deltapress.tensor;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Dimensions of a tensor, outermost first, row-major. An empty list is a scalar: one element. */
public record Shape(List<Long> dimensions) {

    /**
     * @throws IllegalArgumentException if a dimension is negative
     */
    public Shape {
        dimensions = List.copyOf(dimensions);
        for (long dimension : dimensions) {
            if (dimension < 0) {
                throw new IllegalArgumentException("negative dimension in " + dimensions);
            }
        }
    }

    public static Shape of(long... dimensions) {
        return new Shape(Arrays.stream(dimensions).boxed().toList());
    }

    public int rank() {
        return dimensions.size();
    }

    public long dimension(int axis) {
        return dimensions.get(axis);
    }

    /**
     * Number of elements.
     *
     * @throws ArithmeticException if it does not fit 63 bits
     */
    public long elements() {
        if (dimensions.contains(0L)) {
            return 0;
        }
        long product = 1;
        for (long dimension : dimensions) {
            product = Math.multiplyExact(product, dimension);
        }
        return product;
    }

    /** As in a safetensors header: {@code [384,1536]}. */
    @Override
    public String toString() {
        return dimensions.stream().map(String::valueOf).collect(Collectors.joining(",", "[", "]"));
    }
}
