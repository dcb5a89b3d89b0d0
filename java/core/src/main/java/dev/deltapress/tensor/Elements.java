package dev.deltapress.tensor;

import java.lang.foreign.MemorySegment;

/**
 * Consecutive elements of a tensor as they lie on disk: F32, F16 or BF16, little-endian, at any
 * alignment.
 */
public record Elements(MemorySegment data, DType dtype) {

    /**
     * @throws IllegalArgumentException if the type is none of the three, or the bytes are no whole
     *     number of elements
     */
    public Elements {
        if (!dtype.isCompressible() || data.byteSize() % (dtype.bits() / 8) != 0) {
            throw new IllegalArgumentException(
                    "%d bytes as elements of %s".formatted(data.byteSize(), dtype));
        }
    }

    public long count() {
        return data.byteSize() / width();
    }

    /** Elements {@code [from, from + count)}, in the same memory. */
    public Elements slice(long from, long count) {
        return new Elements(data.asSlice(from * width(), count * width()), dtype);
    }

    private int width() {
        return dtype.bits() / 8;
    }
}
