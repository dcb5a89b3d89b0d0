package dev.deltapress.cuda;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * A matrix in device memory as NVIDIA's libraries have them: column after column. A row-major
 * matrix of vectors in rows is one of vectors in columns.
 *
 * @param data its memory, of which the host sees nothing
 * @param stride elements from the start of a column to that of the next
 */
record DeviceMatrix(MemorySegment data, Precision precision, int rows, int columns, int stride) {

    /** One without gaps between its columns. */
    DeviceMatrix(MemorySegment data, Precision precision, int rows, int columns) {
        this(data, precision, rows, columns, rows);
    }

    /** What the elements are. */
    enum Precision {
        F32(Float.BYTES),
        F64(Double.BYTES);

        private final int bytes;

        Precision(int bytes) {
            this.bytes = bytes;
        }

        /** Of an element. */
        int bytes() {
            return bytes;
        }
    }

    /** Columns {@code [from, to)} in the same memory. */
    DeviceMatrix columnRange(int from, int to) {
        Objects.checkFromToIndex(from, to, columns);
        return new DeviceMatrix(at((long) from * stride), precision, rows, to - from, stride);
    }

    /** Rows {@code [from, to)} in the same memory. */
    DeviceMatrix rowRange(int from, int to) {
        Objects.checkFromToIndex(from, to, rows);
        return new DeviceMatrix(at(from), precision, to - from, columns, stride);
    }

    /** Where an element lies, counted from the first. */
    MemorySegment at(long element) {
        return MemorySegment.ofAddress(data.address() + element * precision.bytes());
    }

    /**
     * How many elements there are, one after the other.
     *
     * @throws IllegalStateException if there are gaps between columns
     */
    long count() {
        if (stride != rows && columns > 1) {
            throw new IllegalStateException("gaps between columns of " + this);
        }
        return (long) rows * columns;
    }

    long byteSize() {
        return count() * precision.bytes();
    }
}
