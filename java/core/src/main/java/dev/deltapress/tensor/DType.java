package dev.deltapress.tensor;

import java.util.Optional;

/**
 * Element types of safetensors, narrowest first, which is also the format's sort order.
 *
 * <p>Bytes are little-endian. Types narrower than a byte are packed.
 */
public enum DType {
    BOOL(8),
    F4(4),
    F6_E2M3(6),
    F6_E3M2(6),
    U8(8),
    I8(8),
    F8_E5M2(8),
    F8_E4M3(8),
    F8_E8M0(8),
    F8_E4M3FNUZ(8),
    F8_E5M2FNUZ(8),
    I16(16),
    U16(16),
    F16(16),
    BF16(16),
    I32(32),
    U32(32),
    F32(32),
    C64(64),
    F64(64),
    I64(64),
    U64(64);

    private final int bits;

    DType(int bits) {
        this.bits = bits;
    }

    /** The type of that name in a safetensors header, or empty for a name the format lacks. */
    public static Optional<DType> byName(String name) {
        for (DType type : values()) {
            if (type.name().equals(name)) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }

    /** Bits of one element. */
    public int bits() {
        return bits;
    }

    /** Whether matrices of this type can be compressed: F32, F16 and BF16. */
    public boolean isCompressible() {
        return this == F32 || this == F16 || this == BF16;
    }

    /**
     * Bytes of a tensor of this type.
     *
     * @throws ArithmeticException if the size does not fit 63 bits or is no whole number of bytes
     */
    public long byteSize(Shape shape) {
        long totalBits = Math.multiplyExact(shape.elements(), (long) bits);
        if (totalBits % 8 != 0) {
            throw new ArithmeticException(totalBits + " bits are no whole number of bytes");
        }
        return totalBits / 8;
    }
}
