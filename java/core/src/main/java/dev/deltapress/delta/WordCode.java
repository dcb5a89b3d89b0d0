package dev.deltapress.delta;

import static dev.deltapress.tensor.Floats.FLOAT32;
import static dev.deltapress.tensor.Floats.WORD16;
import static dev.deltapress.tensor.Floats.WORD32;
import static dev.deltapress.tensor.Floats.WORD64;

import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Floats;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * How the elements of a tensor become unsigned words and back (docs/format.md, section 4): F32 that
 * holds 16-bit values becomes 16-bit words, and words may be taken relative to those of a base.
 *
 * @param width bytes of a word: 1, 2, 4 or 8
 * @param predicted whether words are differences from a base tensor
 * @param floats whether words are ordered as floats are, by sign and magnitude
 */
record WordCode(Narrow narrow, int width, boolean predicted, boolean floats) {

    /** The 16-bit type that F32 elements are coded as. */
    enum Narrow {
        NONE(0),
        F16(1),
        BF16(2);

        private final byte code;

        Narrow(int code) {
            this.code = (byte) code;
        }

        /** As in the file. */
        byte code() {
            return code;
        }

        static @Nullable Narrow byCode(int code) {
            for (Narrow narrow : values()) {
                if (narrow.code == code) {
                    return narrow;
                }
            }
            return null;
        }

        private short round(float value) {
            return this == F16 ? Float.floatToFloat16(value) : Floats.toBf16(value);
        }

        private float widen(short word) {
            return this == F16 ? Float.float16ToFloat(word) : Floats.fromBf16(word);
        }
    }

    /** The code of a tensor of that type with these values. */
    static WordCode of(DType dtype, MemorySegment data, boolean predicted) {
        return of(dtype, dtype == DType.F32 ? narrowest(data) : Narrow.NONE, predicted);
    }

    /** The code of a tensor of that type. */
    static WordCode of(DType dtype, Narrow narrow, boolean predicted) {
        int width = narrow == Narrow.NONE ? Math.max(1, dtype.bits() / 8) : Short.BYTES;
        return new WordCode(narrow, width, predicted, isFloat(dtype));
    }

    private static Narrow narrowest(MemorySegment data) {
        if (WordLoops.holds(Narrow.F16, data)) {
            return Narrow.F16;
        }
        return WordLoops.holds(Narrow.BF16, data) ? Narrow.BF16 : Narrow.NONE;
    }

    private static boolean isFloat(DType dtype) {
        return switch (dtype) {
            case F16, BF16, F32, F64 -> true;
            default -> false;
        };
    }

    /** Bytes of a tensor for each byte of its words. */
    int expansion() {
        return narrow == Narrow.NONE ? 1 : 2;
    }

    /** Bytes of the words of a tensor of that many bytes. */
    long codedBytes(long bytes) {
        return bytes / expansion();
    }

    /** The word of element {@code index}, relative to the base's where predicted. */
    long encode(MemorySegment data, @Nullable MemorySegment base, long index) {
        long word = word(data, index);
        return predicted && base != null ? fold(order(word) - order(word(base, index))) : word;
    }

    /** Stores the element that {@link #encode} gave that word for. */
    void decode(long coded, @Nullable MemorySegment base, MemorySegment out, long index) {
        long word = coded;
        if (predicted && base != null) {
            word = unorder(unfold(coded) + order(word(base, index)));
        }
        setWord(out, index, word);
    }

    private long word(MemorySegment data, long index) {
        if (narrow != Narrow.NONE) {
            return narrow.round(data.getAtIndex(FLOAT32, index)) & 0xFFFFL;
        }
        return switch (width) {
            case 1 -> data.get(ValueLayout.JAVA_BYTE, index) & 0xFFL;
            case 2 -> data.getAtIndex(WORD16, index) & 0xFFFFL;
            case 4 -> data.getAtIndex(WORD32, index) & 0xFFFFFFFFL;
            default -> data.getAtIndex(WORD64, index);
        };
    }

    private void setWord(MemorySegment data, long index, long word) {
        if (narrow != Narrow.NONE) {
            data.setAtIndex(FLOAT32, index, narrow.widen((short) word));
            return;
        }
        switch (width) {
            case 1 -> data.set(ValueLayout.JAVA_BYTE, index, (byte) word);
            case 2 -> data.setAtIndex(WORD16, index, (short) word);
            case 4 -> data.setAtIndex(WORD32, index, (int) word);
            default -> data.setAtIndex(WORD64, index, word);
        }
    }

    private long mask() {
        return width == Long.BYTES ? -1L : (1L << (8 * width)) - 1;
    }

    private long signBit() {
        return 1L << (8 * width - 1);
    }

    /** The integer whose order is that of the word's value. */
    private long order(long word) {
        if (!floats) {
            return word;
        }
        return (word & signBit()) != 0 ? ~word & mask() : word | signBit();
    }

    private long unorder(long ordered) {
        long word = ordered & mask();
        if (!floats) {
            return word;
        }
        return (word & signBit()) != 0 ? word & ~signBit() : ~word & mask();
    }

    /** Zigzag of a difference modulo 2^(8 width): small numbers for small steps either way. */
    private long fold(long difference) {
        int spare = Long.SIZE - 8 * width;
        long signed = (difference << spare) >> spare;
        return ((signed << 1) ^ (signed >> 63)) & mask();
    }

    private static long unfold(long folded) {
        return (folded >>> 1) ^ -(folded & 1);
    }
}
