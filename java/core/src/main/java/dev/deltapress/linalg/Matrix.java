package dev.deltapress.linalg;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A dense fp32 matrix, rows x columns, row-major without gaps, in memory that somebody else's arena
 * owns.
 *
 * @param data rows * columns little-endian floats
 */
public record Matrix(MemorySegment data, int rows, int columns) {

    /** How the elements lie in {@link #data()}. */
    public static final ValueLayout.OfFloat LAYOUT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /**
     * @throws IllegalArgumentException if a side is negative or the segment has another size
     */
    public Matrix {
        if (rows < 0 || columns < 0 || data.byteSize() != byteSize(rows, columns)) {
            throw new IllegalArgumentException(
                    "%d x %d floats in %d bytes".formatted(rows, columns, data.byteSize()));
        }
    }

    /** A zero matrix that lives as long as the arena. */
    public static Matrix allocate(Arena arena, int rows, int columns) {
        return new Matrix(arena.allocate(byteSize(rows, columns), 64), rows, columns);
    }

    public float get(int row, int column) {
        return data.get(LAYOUT, offset(row, column));
    }

    public void set(int row, int column, float value) {
        data.set(LAYOUT, offset(row, column), value);
    }

    /** Rows {@code [from, to)} as a view of the same memory. */
    public Matrix rowRange(int from, int to) {
        return new Matrix(
                data.asSlice(byteSize(from, columns), byteSize(to - from, columns)),
                to - from,
                columns);
    }

    /** Copies row-major floats into a new matrix. */
    public static Matrix copyOf(Arena arena, int rows, int columns, float[] values) {
        Matrix copy = allocate(arena, rows, columns);
        MemorySegment.copy(values, 0, copy.data, LAYOUT, 0, Math.multiplyExact(rows, columns));
        return copy;
    }

    /** Copies columns {@code [column, column + columns)} of a row. */
    public void copyRow(int row, int column, int columns, float[] out, int from) {
        MemorySegment.copy(data, LAYOUT, offset(row, column), out, from, columns);
    }

    /** The same, widened to fp64. */
    public void copyRow(int row, int column, int columns, double[] out, int from) {
        float[] narrow = new float[columns];
        copyRow(row, column, columns, narrow, 0);
        for (int j = 0; j < columns; j++) {
            out[from + j] = narrow[j];
        }
    }

    /** A copy of a row. */
    public float[] row(int row) {
        float[] copy = new float[columns];
        copyRow(row, 0, columns, copy, 0);
        return copy;
    }

    /** Replaces a row. */
    public void setRow(int row, float[] values) {
        setRow(row, 0, columns, values);
    }

    /** Replaces columns {@code [column, column + columns)} of a row. */
    public void setRow(int row, int column, int columns, float[] values) {
        MemorySegment.copy(values, 0, data, LAYOUT, offset(row, column), columns);
    }

    /** Sum of squares of a row, in fp64. */
    public double squaredLength(int row) {
        double sum = 0;
        for (double x : row(row)) {
            sum = Math.fma(x, x, sum);
        }
        return sum;
    }

    /** Byte offset of an element in {@link #data()}. */
    public long offset(int row, int column) {
        return ((long) row * columns + column) * Float.BYTES;
    }

    private static long byteSize(long rows, long columns) {
        return rows * columns * Float.BYTES;
    }
}
