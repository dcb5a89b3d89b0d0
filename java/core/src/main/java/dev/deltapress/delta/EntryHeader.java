package dev.deltapress.delta;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.deltapress.MalformedFileException;
import dev.deltapress.delta.EntryMask.All;
import dev.deltapress.delta.EntryMask.Bernoulli;
import dev.deltapress.delta.EntryMask.Stored;
import dev.deltapress.delta.EntryMask.Stratified;
import dev.deltapress.tensor.Floats;

import java.lang.foreign.MemorySegment;

/**
 * What comes before the values of an entry block (docs/format.md, section 9).
 *
 * @param bytes of the block
 * @param kept number of values
 * @param gain that multiplies them all
 * @param mask which entries are kept
 * @param grid of codes
 * @param bits of a code
 * @param entropyCoded whether codes are, or else packed
 * @param offset that is added to levels
 * @param scales of rows; none: all are 1
 * @param valuesAt byte of the block where values begin
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record EntryHeader(
        long bytes,
        int kept,
        float gain,
        EntryMask mask,
        Grid grid,
        int bits,
        boolean entropyCoded,
        float offset,
        float[] scales,
        long valuesAt) {
    static final int BYTES = 0;
    static final int KEPT = 4;
    static final int GAIN = 8;
    static final int MASK = 12;
    static final int BITS = 13;
    static final int CODE = 14;
    static final int FLAGS = 15;
    static final long FIELDS = 16;

    static final int ENTROPY_CODED = 1;
    static final int ROW_SCALES = 2;
    static final int HAS_OFFSET = 4;
    private static final int ALL_FLAGS = ENTROPY_CODED | ROW_SCALES | HAS_OFFSET;

    private static final long MAX_WORD = 0xFFFFFFFFL;
    private static final float LEAST_NORMAL = 0x1p-14f;
    private static final float LARGEST_HALF = 65504;

    /**
     * Reads and checks a header.
     *
     * @param block starts with it; may go on after the block
     * @throws MalformedFileException naming the byte if it breaks a rule
     */
    static EntryHeader read(MemorySegment block, int rows, int columns, String where) {
        return new Reader(block, rows, columns, where).read();
    }

    /** The largest magnitude that a value of these decodes to; infinite where f32 has none. */
    static float largest(Grid grid, int bits, float offset, float[] scales, double gain) {
        double level = LARGEST_HALF;
        if (grid != Grid.HALF) {
            float[] levels = grid.codebook(bits).levels();
            level = levels[levels.length - 1] + Math.abs((double) offset);
        }
        double scale = scales.length == 0 ? 1 : 0;
        for (float s : scales) {
            scale = Math.max(scale, s);
        }
        return (float) (level * scale * Math.abs(gain));
    }

    private static final class Reader {
        private final MemorySegment block;
        private final int rows;
        private final int columns;
        private final String where;
        private long at = FIELDS;
        private long bytes;

        Reader(MemorySegment block, int rows, int columns, String where) {
            this.block = block;
            this.rows = rows;
            this.columns = columns;
            this.where = where;
        }

        EntryHeader read() {
            require(block.byteSize() >= FIELDS, block.byteSize(), "the header is cut");
            bytes = word(BYTES);
            require(
                    bytes >= FIELDS,
                    BYTES,
                    "a block of %d bytes is shorter than its header".formatted(bytes));
            requireBytes(bytes);
            float gain = block.get(Floats.FLOAT32, GAIN);
            require(Float.isFinite(gain), GAIN, "gain %s is not finite".formatted(gain));
            int bits = block.get(JAVA_BYTE, BITS);
            Grid grid = grid(bits);
            int flags = block.get(JAVA_BYTE, FLAGS);
            require(
                    (flags & ~ALL_FLAGS) == 0,
                    FLAGS,
                    "flags %d: written by a newer version".formatted(flags));
            boolean half = grid == Grid.HALF;
            require(!half || flags == 0, FLAGS, "flags %d of f16 values".formatted(flags));
            int kept = kept();
            EntryMask mask = mask(kept);
            float offset = (flags & HAS_OFFSET) == 0 ? 0 : offset(grid);
            float[] scales = (flags & ROW_SCALES) == 0 ? new float[0] : scales();
            if (mask instanceof Stored stored) {
                mask = stored(stored);
            }
            require(
                    Float.isFinite(largest(grid, bits, offset, scales, gain)),
                    GAIN,
                    "values with gain %s overflow".formatted(gain));
            boolean coded = (flags & ENTROPY_CODED) != 0;
            if (!coded) {
                requireValueBytes(half ? 2L * kept : CodeStream.byteSize(kept, bits));
            }
            return new EntryHeader(bytes, kept, gain, mask, grid, bits, coded, offset, scales, at);
        }

        private int kept() {
            long kept = word(KEPT);
            long entries = (long) rows * columns;
            require(
                    kept <= Math.min(entries, Integer.MAX_VALUE),
                    KEPT,
                    "%d values of %d entries".formatted(kept, entries));
            return (int) kept;
        }

        private void requireValueBytes(long expected) {
            require(
                    bytes - at == expected,
                    BYTES,
                    "%d bytes for values that take %d".formatted(bytes - at, expected));
        }

        private Grid grid(int bits) {
            int code = block.get(JAVA_BYTE, CODE) & 0xFF;
            Grid grid = Grid.ofCode(code);
            if (grid == null || !grid.hasBits(bits, bits)) {
                throw malformed(
                        BITS,
                        "%d bits of code %d: written by a newer version".formatted(bits, code));
            }
            return grid;
        }

        private EntryMask mask(int kept) {
            int number = block.get(JAVA_BYTE, MASK) & 0xFF;
            long entries = (long) rows * columns;
            return switch (number) {
                case All.NUMBER -> {
                    require(
                            kept == entries,
                            KEPT,
                            "%d values of %d entries".formatted(kept, entries));
                    yield new All();
                }
                case Bernoulli.NUMBER -> new Bernoulli(word(take(Bernoulli.FIELD_BYTES)) + 1);
                case Stratified.NUMBER -> stratified(kept);
                case Stored.NUMBER -> {
                    long field = take(Stored.FIELD_BYTES);
                    long divisor = word(field);
                    require(
                            divisor >= 1 && divisor <= GolombGaps.MOST,
                            field,
                            "divisor %d of gaps".formatted(divisor));
                    long length = word(field + 4);
                    require(length <= bytes, field + 4, "gaps of %d bytes".formatted(length));
                    yield new Stored(kept, (int) divisor, block.asSlice(0, length), 0);
                }
                default ->
                        throw malformed(
                                MASK, "mask %d: written by a newer version".formatted(number));
            };
        }

        private EntryMask stratified(int kept) {
            long field = take(Stratified.FIELD_BYTES);
            long group = word(field);
            long keep = word(field + 4);
            require(
                    1 <= keep && keep <= group && group <= Stratified.MOST,
                    field,
                    "%d kept of each %d entries".formatted(keep, group));
            Stratified mask = new Stratified((int) group, (int) keep);
            long expected = mask.kept((long) rows * columns);
            require(kept == expected, KEPT, "%d values, expected %d".formatted(kept, expected));
            return mask;
        }

        /** With its gaps, whose length is all that was known. */
        private EntryMask stored(Stored mask) {
            long length = mask.stored().byteSize();
            long from = take(length);
            return new Stored(mask.kept(), mask.divisor(), block.asSlice(from, length), from);
        }

        private float offset(Grid grid) {
            require(grid == Grid.SYMMETRIC, FLAGS, "an offset, but code %d".formatted(grid.code()));
            long field = take(Float.BYTES);
            float offset = block.get(Floats.FLOAT32, field);
            require(Float.isFinite(offset), field, "offset %s is not finite".formatted(offset));
            return offset;
        }

        private float[] scales() {
            long field = take((long) Short.BYTES * rows);
            float[] scales = new float[rows];
            for (int row = 0; row < rows; row++) {
                long from = field + (long) Short.BYTES * row;
                float scale = Float.float16ToFloat(block.get(Floats.WORD16, from));
                boolean normal = scale >= LEAST_NORMAL && Float.isFinite(scale);
                require(
                        normal || Float.floatToRawIntBits(scale) == 0,
                        from,
                        "scale %s is neither 0 nor a normal number".formatted(scale));
                scales[row] = scale;
            }
            return scales;
        }

        /** Passes bytes of the block; returns where they are. */
        private long take(long count) {
            long from = at;
            at += count;
            require(
                    at <= bytes,
                    BYTES,
                    "a block of %d bytes ends before byte %d".formatted(bytes, at));
            return from;
        }

        private long word(long field) {
            return block.get(Floats.WORD32, field) & MAX_WORD;
        }

        private void requireBytes(long needed) {
            require(
                    block.byteSize() >= needed,
                    block.byteSize(),
                    "a block of %d bytes, found %d".formatted(needed, block.byteSize()));
        }

        private void require(boolean holds, long byteNumber, String message) {
            if (!holds) {
                throw malformed(byteNumber, message);
            }
        }

        private MalformedFileException malformed(long byteNumber, String message) {
            return new MalformedFileException(
                    "%s: byte %d: %s".formatted(where, byteNumber, message));
        }
    }
}
