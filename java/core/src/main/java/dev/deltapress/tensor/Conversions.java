package dev.deltapress.tensor;

import java.lang.foreign.MemorySegment;

/**
 * The conversions of {@link Floats} over the first elements of arrays, equal to them bit for bit.
 *
 * <p>All are plain loops that C2 turns into vector instructions; why not the Vector API is in
 * docs/decisions/0009-element-loops.md. C2 vectorises no loop from bytes or shorts to ints, nor
 * back, nor one that looks at the bits of floats. So small integers go through float, which holds
 * 24 bits exactly, and floats become their bits by a copy of memory.
 */
public final class Conversions {

    private Conversions() {}

    /** Bytes to ints, with their sign. */
    public static void toInts(byte[] from, int[] to, int count) {
        for (int i = 0; i < count; i++) {
            to[i] = (int) (float) from[i];
        }
    }

    /** Shorts to ints, with their sign. */
    public static void toInts(short[] from, int[] to, int count) {
        for (int i = 0; i < count; i++) {
            to[i] = (int) (float) from[i];
        }
    }

    /** Low bytes of ints. */
    public static void toBytes(int[] from, byte[] to, int count) {
        for (int i = 0; i < count; i++) {
            to[i] = (byte) (float) (from[i] & 0xFF);
        }
    }

    /** Low halves of ints. */
    public static void toShorts(int[] from, short[] to, int count) {
        for (int i = 0; i < count; i++) {
            to[i] = (short) (float) (from[i] & 0xFFFF);
        }
    }

    /** Values of binary16 words. */
    public static void fromF16(short[] words, float[] values, int count) {
        for (int i = 0; i < count; i++) {
            values[i] = Float.float16ToFloat(words[i]);
        }
    }

    /** The nearest binary16 words, ties to even; NaN stays NaN. */
    public static void toF16(float[] values, short[] words, int count) {
        for (int i = 0; i < count; i++) {
            words[i] = Float.floatToFloat16(values[i]);
        }
    }

    /** Bits, as f32, of the values of bfloat16 words. */
    public static void fromBf16(short[] words, int[] bits, int count) {
        for (int i = 0; i < count; i++) {
            bits[i] = (int) (float) words[i] << 16;
        }
    }

    /**
     * The nearest bfloat16 words, with their sign, in place of the bits of f32; ties to even, NaN
     * stays NaN.
     */
    public static void toBf16(int[] bits, int count) {
        for (int i = 0; i < count; i++) {
            int b = bits[i];
            int nan = (0x7F800000 - (b & 0x7FFFFFFF)) >> 31; // all ones or all zeros
            int rounded = b + 0x7FFF + ((b >>> 16) & 1);
            int quiet = b | 0x400000;
            bits[i] = ((rounded & ~nan) | (quiet & nan)) >> 16;
        }
    }

    /** Bits of floats; NaN keeps its own. */
    public static void toBits(float[] values, int[] bits, int count) {
        copy(MemorySegment.ofArray(values), MemorySegment.ofArray(bits), count);
    }

    /** Floats of bits; NaN keeps its own. */
    public static void fromBits(int[] bits, float[] values, int count) {
        copy(MemorySegment.ofArray(bits), MemorySegment.ofArray(values), count);
    }

    private static void copy(MemorySegment from, MemorySegment to, int count) {
        MemorySegment.copy(from, 0, to, 0, (long) count * Float.BYTES);
    }
}
