package dev.deltapress.delta;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.deltapress.MalformedFileException;
import dev.deltapress.linalg.Matrix;
import dev.deltapress.tensor.Floats;

import java.lang.foreign.MemorySegment;

/**
 * A delta as signs and one magnitude, D = scale * sign (docs/format.md, section 8).
 *
 * @param scale magnitude of all elements; finite, not negative
 * @param signs bit j of row i is bit i * columns + j of this stream: 1 where the element is
 *     positive
 */
public record SignBlock(int rows, int columns, float scale, MemorySegment signs)
        implements ElementBlock {
    private static final int SCALE = 0;
    private static final int RESERVED = 4;
    private static final int SIGNS = 8;

    /** Bytes of a block of that shape. */
    public static long byteSize(int rows, int columns) {
        return SIGNS + CodeStream.byteSize((long) rows * columns, 1);
    }

    @Override
    public long byteSize() {
        return byteSize(rows, columns);
    }

    /**
     * Codes the signs of elements, 0 as negative, and the magnitude of least squared error: the
     * mean of theirs.
     *
     * @param out exactly the block's bytes, all 0
     */
    public static void encode(Matrix values, MemorySegment out) {
        float[] row = new float[values.columns()];
        double magnitudes = 0;
        long bit = 0;
        for (int i = 0; i < values.rows(); i++) {
            values.copyRow(i, 0, row.length, row, 0);
            double rowMagnitudes = 0;
            for (float value : row) {
                rowMagnitudes += Math.abs(value);
                if (value > 0) {
                    long at = SIGNS + (bit >>> 3);
                    out.set(JAVA_BYTE, at, (byte) (out.get(JAVA_BYTE, at) | 1 << (bit & 7)));
                }
                bit++;
            }
            magnitudes += rowMagnitudes;
        }
        out.set(Floats.FLOAT32, SCALE, (float) (magnitudes / Math.max(1, bit)));
    }

    /**
     * Reads and checks a block.
     *
     * @throws MalformedFileException naming the byte if it breaks a rule
     * @see ElementBlock#read
     */
    static SignBlock read(MemorySegment block, int rows, int columns, String where) {
        long bytes = byteSize(rows, columns);
        if (block.byteSize() < bytes) {
            String sizes = "a block of %d bytes, found %d".formatted(bytes, block.byteSize());
            throw malformed(where, block.byteSize(), sizes);
        }
        float scale = block.get(Floats.FLOAT32, SCALE);
        if (!(scale >= 0 && scale < Float.POSITIVE_INFINITY)) {
            throw malformed(
                    where, SCALE, "scale " + scale + ", expected a finite one of 0 or more");
        }
        int reserved = block.get(Floats.WORD32, RESERVED);
        if (reserved != 0) {
            String newer = "reserved field is %d: written by a newer version".formatted(reserved);
            throw malformed(where, RESERVED, newer);
        }
        MemorySegment signs = block.asSlice(SIGNS, bytes - SIGNS);
        int used = (int) ((long) rows * columns % Byte.SIZE);
        if (used > 0 && (signs.get(JAVA_BYTE, signs.byteSize() - 1) & 0xFF) >> used != 0) {
            throw malformed(where, bytes - 1, "unused bits behind the signs are not 0");
        }
        return new SignBlock(rows, columns, scale, signs);
    }

    @Override
    public void decode(int from, int to, MemorySegment out) {
        float[] row = new float[columns];
        for (int i = from; i < to; i++) {
            long bit = (long) i * columns;
            for (int j = 0; j < columns; j++, bit++) {
                int positive = signs.get(JAVA_BYTE, bit >>> 3) >> (bit & 7) & 1;
                row[j] = positive == 1 ? scale : -scale;
            }
            MemorySegment.copy(row, 0, out, Floats.FLOAT32, 4L * (i - from) * columns, columns);
        }
    }

    private static MalformedFileException malformed(String where, long at, String message) {
        return new MalformedFileException("%s: byte %d: %s".formatted(where, at, message));
    }
}
