package dev.deltapress.linalg;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A matrix of which only the nonzero entries are kept, row by row in the order of their columns
 * (compressed sparse rows), in memory that somebody else's arena owns.
 *
 * @param starts rows + 1 i32: where a row's entries begin, and the last one's end
 * @param indices i32: the column of each entry
 * @param values f32: the entries
 */
public record SparseMatrix(
        int rows, int columns, MemorySegment starts, MemorySegment indices, MemorySegment values) {

    /**
     * The nonzero entries of a matrix.
     *
     * @param transposed whether those of its transpose, which then has the columns of {@code dense}
     *     as rows
     * @throws IllegalArgumentException for 2^31 entries or more
     */
    public static SparseMatrix of(Arena arena, Matrix dense, boolean transposed) {
        long most = dense.data().byteSize() / Float.BYTES;
        if (most > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "%d x %d: entries must be fewer than 2^31"
                            .formatted(dense.rows(), dense.columns()));
        }
        Operand operand = new Operand(dense, transposed);
        int rows = operand.rows();
        int columns = operand.columns();
        MemorySegment starts = arena.allocate(ValueLayout.JAVA_INT, rows + 1L);
        int count = 0;
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                count += operand.get(i, j) == 0 ? 0 : 1;
            }
            starts.setAtIndex(ValueLayout.JAVA_INT, i + 1, count);
        }
        MemorySegment indices = arena.allocate(ValueLayout.JAVA_INT, count);
        MemorySegment values = arena.allocate(ValueLayout.JAVA_FLOAT, count);
        int next = 0;
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                float value = operand.get(i, j);
                if (value != 0) {
                    indices.setAtIndex(ValueLayout.JAVA_INT, next, j);
                    values.setAtIndex(ValueLayout.JAVA_FLOAT, next++, value);
                }
            }
        }
        return new SparseMatrix(rows, columns, starts, indices, values);
    }

    /** Where the entries of a row begin; those of the last one end where the next would begin. */
    public int start(int row) {
        return starts.getAtIndex(ValueLayout.JAVA_INT, row);
    }

    public int index(int entry) {
        return indices.getAtIndex(ValueLayout.JAVA_INT, entry);
    }

    public float value(int entry) {
        return values.getAtIndex(ValueLayout.JAVA_FLOAT, entry);
    }

    public long byteSize() {
        return starts.byteSize() + indices.byteSize() + values.byteSize();
    }
}
