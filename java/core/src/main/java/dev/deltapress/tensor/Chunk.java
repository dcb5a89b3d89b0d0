package dev.deltapress.tensor;

import static dev.deltapress.tensor.Floats.FLOAT32;
import static dev.deltapress.tensor.Floats.WORD16;

import java.lang.foreign.MemorySegment;

/**
 * Up to {@link #SIZE} elements on their way between a tensor and f32: small enough to stay in the
 * nearest caches while several loops pass over them. For one thread.
 */
public final class Chunk {
    public static final int SIZE = 4096;

    private static final int INFINITE = 0x7F800000;

    // The least magnitudes that rounding to the type makes infinite: halfway from its largest
    // number to the next, which would be even.
    private static final int INFINITE_F16 = Float.floatToRawIntBits(65520f);
    private static final int INFINITE_BF16 = 0x7F7F8000;

    private final short[] words = new short[SIZE];
    private final int[] bits = new int[SIZE];
    private final float[] values = new float[SIZE];

    /** With arbitrary elements. */
    public Chunk() {}

    /** The elements in f32; the caller may change them. */
    public float[] values() {
        return values;
    }

    /** Takes elements {@code [from, from + count)}, widened exactly. */
    public void read(Elements elements, long from, int count) {
        MemorySegment data = elements.data();
        switch (elements.dtype()) {
            case F32 -> MemorySegment.copy(data, FLOAT32, from * Float.BYTES, values, 0, count);
            case F16 -> {
                MemorySegment.copy(data, WORD16, from * Short.BYTES, words, 0, count);
                Conversions.fromF16(words, values, count);
            }
            default -> {
                MemorySegment.copy(data, WORD16, from * Short.BYTES, words, 0, count);
                Conversions.fromBf16(words, bits, count);
                Conversions.fromBits(bits, values, count);
            }
        }
    }

    /** Stores them as elements {@code [from, from + count)}, each rounded once, ties to even. */
    public void write(Elements elements, long from, int count) {
        MemorySegment data = elements.data();
        switch (elements.dtype()) {
            case F32 -> MemorySegment.copy(values, 0, data, FLOAT32, from * Float.BYTES, count);
            case F16 -> {
                Conversions.toF16(values, words, count);
                MemorySegment.copy(words, 0, data, WORD16, from * Short.BYTES, count);
            }
            default -> {
                Conversions.toBits(values, bits, count);
                Conversions.toBf16(bits, count);
                Conversions.toShorts(bits, words, count);
                MemorySegment.copy(words, 0, data, WORD16, from * Short.BYTES, count);
            }
        }
    }

    /** How many of the first values are NaN or infinite. */
    public int nonFinite(int count) {
        Conversions.toBits(values, bits, count);
        return atLeast(INFINITE, count);
    }

    /** How many of the first values are finite, but infinite once rounded to that type. */
    public int overflows(DType dtype, int count) {
        if (dtype == DType.F32) {
            return 0;
        }
        Conversions.toBits(values, bits, count);
        int limit = dtype == DType.F16 ? INFINITE_F16 : INFINITE_BF16;
        return atLeast(limit, count) - atLeast(INFINITE, count);
    }

    /** How many bits without their sign are at least the limit. */
    private int atLeast(int limit, int count) {
        int below = limit - 1;
        int found = 0;
        for (int i = 0; i < count; i++) {
            found += (below - (bits[i] & 0x7FFFFFFF)) >>> 31;
        }
        return found;
    }
}
