package dev.deltapress.backend;

import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.MaskKey;

import java.lang.foreign.MemorySegment;

/**
 * The packed delta of a matrix, with what else is needed to decode it.
 *
 * @param bytes exactly one factor block
 * @param rows of the whole matrix, as are its columns
 * @param key of its masks
 * @param where names file and tensor in errors
 */
public record PackedMatrix(MemorySegment bytes, int rows, int columns, MaskKey key, String where) {

    /**
     * Reads and checks what comes before the values.
     *
     * @throws dev.deltapress.MalformedFileException naming the byte if it breaks a rule
     */
    public FactorBlock header() {
        return FactorBlock.readHeader(bytes, rows, columns, where);
    }

    /**
     * The same, and checks by drawing the masks that the values are as many as they keep.
     *
     * @throws dev.deltapress.MalformedFileException naming the byte if not
     */
    public FactorBlock checkedHeader() {
        FactorBlock block = header();
        block.requireValues(bytes, key, where);
        return block;
    }

    /**
     * Checks that a matrix can be rows of this one, from a given row on.
     *
     * @throws IllegalArgumentException if not
     */
    public void requireRows(int row, MatrixView part) {
        if (row < 0 || part.columns() != columns || part.rows() > rows - row) {
            throw new IllegalArgumentException(
                    "%d x %d as rows from %d of %d x %d"
                            .formatted(part.rows(), part.columns(), row, rows, columns));
        }
    }
}
