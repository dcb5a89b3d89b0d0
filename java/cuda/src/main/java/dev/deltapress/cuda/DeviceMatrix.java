package dev.deltapress.cuda;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * A matrix in device memory as NVIDIA's libraries have them: column after column. A row-major
 * matrix of vectors in rows is one of vectors in columns. Or a batch of such matrices of one shape,
 * at equal distances.
 *
 * @param data its memory, of which the host sees nothing
 * @param rows of each matrix, as are the columns
 * @param stride elements from the start of a column to that of the next
 * @param batch how many matrices
 * @param step elements from the start of a matrix to that of the next; 0 where all are the same one
 */
record DeviceMatrix(
        MemorySegment data,
        Precision precision,
        int rows,
        int columns,
        int stride,
        int batch,
        long step) {

    /** A batch without gaps. */
    DeviceMatrix(MemorySegment data, Precision precision, int rows, int columns, int batch) {
        this(data, precision, rows, columns, rows, batch, (long) rows * columns);
    }

    /** One without gaps between its columns. */
    DeviceMatrix(MemorySegment data, Precision precision, int rows, int columns) {
        this(data, precision, rows, columns, 1);
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
        return new DeviceMatrix(
                at((long) from * stride), precision, rows, to - from, stride, batch, step);
    }

    /** A matrix of the batch. */
    DeviceMatrix one(int index) {
        Objects.checkIndex(index, batch);
        return new DeviceMatrix(at(index * step), precision, rows, columns, stride, 1, step);
    }

    /** This matrix, as often as that. */
    DeviceMatrix repeated(int times) {
        return new DeviceMatrix(data, precision, rows, columns, stride, times, 0);
    }

    /** Whether matrices lie side by side, all columns one after the other. */
    boolean isSideBySide() {
        return (stride == rows || columns == 1) && (batch == 1 || step == (long) rows * columns);
    }

    /** The fewest matrices without gaps that hold all columns: one where they lie side by side. */
    List<DeviceMatrix> parts() {
        if (isSideBySide()) {
            int all = Math.multiplyExact(columns, batch);
            return List.of(new DeviceMatrix(data, precision, rows, all));
        }
        return IntStream.range(0, batch).mapToObj(this::one).toList();
    }

    /** Rows {@code [from, to)} in the same memory. */
    DeviceMatrix rowRange(int from, int to) {
        Objects.checkFromToIndex(from, to, rows);
        return new DeviceMatrix(at(from), precision, to - from, columns, stride, batch, step);
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
        if (!isSideBySide()) {
            throw new IllegalStateException("gaps between columns of " + this);
        }
        return (long) rows * columns * batch;
    }

    long byteSize() {
        return count() * precision.bytes();
    }
}
