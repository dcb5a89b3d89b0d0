package dev.deltapress.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Conversions between f32 and the 16-bit types, to nearest with ties to even, element by element.
 *
 * <p>The layouts read and write little-endian at any alignment.
 */
public final class Floats {
    public static final ValueLayout.OfShort WORD16 =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    public static final ValueLayout.OfInt WORD32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    public static final ValueLayout.OfLong WORD64 =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    public static final ValueLayout.OfFloat FLOAT32 =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Floats() {}

    /** The value of a bfloat16. */
    public static float fromBf16(short word) {
        return Float.intBitsToFloat(word << 16);
    }

    /** The nearest bfloat16, ties to even; NaN stays NaN. */
    public static short toBf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) ((bits >>> 16) | 0x40);
        }
        return (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16);
    }

    /** Element {@code index} of a tensor of a compressible type, as f32, exactly. */
    public static float get(MemorySegment data, DType dtype, long index) {
        return switch (dtype) {
            case F32 -> data.getAtIndex(FLOAT32, index);
            case F16 -> Float.float16ToFloat(data.getAtIndex(WORD16, index));
            case BF16 -> fromBf16(data.getAtIndex(WORD16, index));
            default -> throw new IllegalArgumentException("no matrix type: " + dtype);
        };
    }

    /** Stores a value as element {@code index} of a tensor of a compressible type, rounded once. */
    public static void set(MemorySegment data, DType dtype, long index, float value) {
        switch (dtype) {
            case F32 -> data.setAtIndex(FLOAT32, index, value);
            case F16 -> data.setAtIndex(WORD16, index, Float.floatToFloat16(value));
            case BF16 -> data.setAtIndex(WORD16, index, toBf16(value));
            default -> throw new IllegalArgumentException("no matrix type: " + dtype);
        }
    }
}
