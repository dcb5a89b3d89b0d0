package dev.deltapress.delta;

import dev.deltapress.delta.TensorRecord.Kind;

import java.lang.foreign.MemorySegment;

/** The delta of a matrix whose elements are coded one by one, or in patches. Immutable. */
public interface ElementBlock {

    /** Bytes of the block. */
    long byteSize();

    /**
     * Decodes rows.
     *
     * @param from number of the first row
     * @param to number of the row behind the last
     * @param out receives little-endian f32 elements, row by row
     */
    void decode(int from, int to, MemorySegment out);

    /**
     * Reads and checks a block.
     *
     * @param kind one that {@link Kind#isDelta}, but not factors
     * @param block starts with it; may go on after it
     * @param key of its masks
     * @param where names file and tensor in errors
     * @throws dev.deltapress.MalformedFileException naming the byte if it breaks a rule
     */
    static ElementBlock read(
            Kind kind, MemorySegment block, int rows, int columns, MaskKey key, String where) {
        return switch (kind) {
            case SIGNS -> SignBlock.read(block, rows, columns, where);
            case ENTRIES -> EntryBlock.read(block, rows, columns, key, where);
            case BLOCKS -> PatchBlock.read(block, rows, columns, where);
            default -> throw new IllegalArgumentException("no elements: " + kind.text());
        };
    }
}
