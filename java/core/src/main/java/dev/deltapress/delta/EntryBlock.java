package dev.deltapress.delta;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.deltapress.DeltaPressException;
import dev.deltapress.MalformedFileException;
import dev.deltapress.tensor.Floats;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** A delta as single entries, the others 0 (docs/format.md, section 9). */
public final class EntryBlock implements ElementBlock {
    private final MemorySegment block;
    private final EntryHeader header;
    private final int rows;
    private final int columns;
    private final MaskKey key;
    private final String where;

    private EntryBlock(
            MemorySegment block,
            EntryHeader header,
            int rows,
            int columns,
            MaskKey key,
            String where) {
        this.block = block;
        this.header = header;
        this.rows = rows;
        this.columns = columns;
        this.key = key;
        this.where = where;
    }

    /**
     * Bytes of a block that keeps one entry, without what a mask stores.
     *
     * @param bits of a value
     * @param scales whether rows have scales
     */
    public static long leastBytes(EntryMask mask, int bits, int rows, boolean scales) {
        long rowScales = scales ? (long) Short.BYTES * rows : 0;
        return EntryHeader.FIELDS + mask.fieldBytes() + rowScales + CodeStream.byteSize(1, bits);
    }

    /**
     * Codes kept entries: codes entropy-coded if that is smaller, or else packed.
     *
     * @param rescale multiplies all values
     * @return the block, in memory of the garbage-collected heap
     * @throws DeltaPressException if values would overflow
     */
    public static MemorySegment encode(KeptEntries kept, EntryCode code, double rescale) {
        boolean half = code.grid() == Grid.HALF;
        byte[] codes = half ? new byte[0] : code.codes(kept);
        byte[] values = half ? new byte[2 * kept.count()] : packed(codes, code.bits());
        int flags = 0;
        if (half) {
            MemorySegment.copy(
                    code.words(kept),
                    0,
                    MemorySegment.ofArray(values),
                    Floats.WORD16,
                    0,
                    kept.count());
        } else {
            byte[] entropy = EntropyCode.encode(codes, codes.length, code.bits());
            if (entropy.length < values.length) {
                values = entropy;
                flags = EntryHeader.ENTROPY_CODED;
            }
        }
        return write(kept, code, (float) (code.unit() * rescale), flags, values);
    }

    private static byte[] packed(byte[] codes, int bits) {
        byte[] packed = new byte[Math.toIntExact(CodeStream.byteSize(codes.length, bits))];
        CodeStream.pack(codes, codes.length, bits, MemorySegment.ofArray(packed), 0);
        return packed;
    }

    private static MemorySegment write(
            KeptEntries kept, EntryCode code, float gain, int valueFlags, byte[] values) {
        float largest =
                EntryHeader.largest(code.grid(), code.bits(), code.offset(), code.scales(), gain);
        if (!Float.isFinite(largest)) {
            throw new DeltaPressException("rescaled entries are too large for f32");
        }
        EntryMask mask = kept.mask();
        boolean hasOffset = code.offset() != 0;
        MemorySegment stored = mask.stored();
        long offsetAt = EntryHeader.FIELDS + mask.fieldBytes();
        long scalesAt = offsetAt + (hasOffset ? Float.BYTES : 0);
        long storedAt = scalesAt + (long) Short.BYTES * code.scales().length;
        long valuesAt = storedAt + stored.byteSize();
        long bytes = valuesAt + values.length;
        MemorySegment out = MemorySegment.ofArray(new byte[Math.toIntExact(bytes)]);
        out.set(Floats.WORD32, EntryHeader.BYTES, (int) bytes);
        out.set(Floats.WORD32, EntryHeader.KEPT, kept.count());
        out.set(Floats.FLOAT32, EntryHeader.GAIN, gain);
        out.set(JAVA_BYTE, EntryHeader.MASK, (byte) mask.number());
        out.set(JAVA_BYTE, EntryHeader.BITS, (byte) code.bits());
        out.set(JAVA_BYTE, EntryHeader.CODE, (byte) code.grid().code());
        int flags =
                valueFlags
                        | (code.scales().length > 0 ? EntryHeader.ROW_SCALES : 0)
                        | (hasOffset ? EntryHeader.HAS_OFFSET : 0);
        out.set(JAVA_BYTE, EntryHeader.FLAGS, (byte) flags);
        mask.writeFields(out, EntryHeader.FIELDS);
        if (hasOffset) {
            out.set(Floats.FLOAT32, offsetAt, code.offset());
        }
        for (int row = 0; row < code.scales().length; row++) {
            short scale = Float.floatToFloat16(code.scales()[row]);
            out.set(Floats.WORD16, scalesAt + (long) Short.BYTES * row, scale);
        }
        MemorySegment.copy(stored, 0, out, storedAt, stored.byteSize());
        MemorySegment.copy(values, 0, out, JAVA_BYTE, valuesAt, values.length);
        return out;
    }

    /**
     * Reads and checks a block. That the values are as many as the mask keeps is checked where the
     * last row is decoded.
     *
     * @throws MalformedFileException naming the byte if it breaks a rule
     * @see ElementBlock#read
     */
    static EntryBlock read(MemorySegment block, int rows, int columns, MaskKey key, String where) {
        EntryHeader header = EntryHeader.read(block, rows, columns, where);
        MemorySegment own = block.asSlice(0, header.bytes());
        EntryValues.check(own, header, where);
        return new EntryBlock(own, header, rows, columns, key, where);
    }

    @Override
    public long byteSize() {
        return header.bytes();
    }

    /**
     * {@inheritDoc} Goes through the masks of all rows before.
     *
     * @throws MalformedFileException if the values do not fit the mask
     */
    @Override
    public void decode(int from, int to, MemorySegment out) {
        EntryValues values = new EntryValues(block, header, columns, where);
        KeptColumns mask = header.mask().columns(key, rows, columns, where);
        int[] kept = new int[columns];
        float[] read = new float[columns];
        float[] row = new float[columns];
        int first = 0;
        for (int i = 0; i < to; i++) {
            int count = mask.next(kept);
            requireValues(count <= header.kept() - first, "more than");
            if (i >= from) {
                values.read(first, count, factor(i), read);
                Arrays.fill(row, 0);
                for (int j = 0; j < count; j++) {
                    row[kept[j]] = read[j];
                }
                MemorySegment.copy(row, 0, out, Floats.FLOAT32, 4L * (i - from) * columns, columns);
            }
            first += count;
        }
        if (to == rows) {
            requireValues(first == header.kept(), "fewer than");
            mask.finish();
        }
    }

    /** Exact: an f16 number times an f32 one. */
    private double factor(int row) {
        return header.scales().length == 0
                ? header.gain()
                : (double) header.scales()[row] * header.gain();
    }

    private void requireValues(boolean holds, String how) {
        if (!holds) {
            throw new MalformedFileException(
                    "%s: byte %d: the mask keeps %s %d entries"
                            .formatted(where, EntryHeader.KEPT, how, header.kept()));
        }
    }
}
