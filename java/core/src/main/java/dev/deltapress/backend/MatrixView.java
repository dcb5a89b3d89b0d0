package dev.deltapress.backend;

import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Elements;

import java.lang.foreign.MemorySegment;

/**
 * A matrix of a checkpoint as it lies on disk: rows x columns of F32, F16 or BF16, row-major,
 * little-endian, at any alignment.
 */
public record MatrixView(MemorySegment data, DType dtype, int rows, int columns) {

    /**
     * @throws IllegalArgumentException if the bytes do not fit the shape
     */
    public MatrixView {
        long expected = (long) rows * columns * (dtype.bits() / 8);
        if (!dtype.isCompressible() || data.byteSize() != expected) {
            throw new IllegalArgumentException(
                    "%d x %d %s in %d bytes".formatted(rows, columns, dtype, data.byteSize()));
        }
    }

    /** Rows {@code [from, to)} in the same memory. */
    public MatrixView rowRange(int from, int to) {
        long stride = (long) columns * (dtype.bits() / 8);
        MemorySegment part = data.asSlice(from * stride, (to - from) * stride);
        return new MatrixView(part, dtype, to - from, columns);
    }

    /** The elements, row by row, in the same memory. */
    public Elements elements() {
        return new Elements(data, dtype);
    }
}
