package dev.deltapress.pipeline;

import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Shape;

/**
 * One tensor of a delta.
 *
 * @param name its label where it has one, else its name
 * @param kind how it is stored: factors, lossless, exact, equal
 * @param matrix whether it counts as a compressed matrix
 * @param storedBytes payload, header entry and manifest record together
 * @param relativeError Frobenius norm of (delta - restored delta) over that of delta; 0 for a zero
 *     delta and for what is exact; NaN where not computed
 * @param ratio bytes of the tensor in 16 bit over {@code storedBytes}
 */
public record TensorReport(
        String name,
        DType dtype,
        Shape shape,
        String kind,
        boolean matrix,
        long storedBytes,
        double relativeError,
        double ratio) {}
