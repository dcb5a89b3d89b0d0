package dev.deltapress.panama.parity;

import dev.deltapress.tensor.DType;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * An array as it lies in memory, little-endian.
 *
 * @param element what it consists of
 */
record Operand(Element element, byte[] bytes) {
    /** What outputs hold before a call. */
    static final byte UNTOUCHED = (byte) 0xA5;

    /** What an array consists of. */
    enum Element {
        U8(0, 1),
        U32(1, 4),
        I64(2, 8),
        F32(3, 4),
        F64(4, 8),
        F16(5, 2),
        BF16(6, 2);

        private final int number;
        private final int width;

        Element(int number, int width) {
            this.number = number;
            this.width = width;
        }

        /** In vector files. */
        int number() {
            return number;
        }

        int width() {
            return width;
        }

        static Element of(DType dtype) {
            return switch (dtype) {
                case F32 -> F32;
                case F16 -> F16;
                default -> BF16;
            };
        }
    }

    static Operand output(Element element, long count) {
        byte[] bytes = new byte[Math.toIntExact(count * element.width())];
        Arrays.fill(bytes, UNTOUCHED);
        return new Operand(element, bytes);
    }

    static Operand bytes(byte... values) {
        return new Operand(Element.U8, values);
    }

    static Operand ints(int... values) {
        Operand operand = output(Element.U32, values.length);
        for (int i = 0; i < values.length; i++) {
            operand.set(i, values[i]);
        }
        return operand;
    }

    static Operand longs(long... values) {
        Operand operand = output(Element.I64, values.length);
        for (int i = 0; i < values.length; i++) {
            operand.set(i, values[i]);
        }
        return operand;
    }

    static Operand floats(float... values) {
        Operand operand = output(Element.F32, values.length);
        for (int i = 0; i < values.length; i++) {
            operand.set(i, values[i]);
        }
        return operand;
    }

    static Operand doubles(double... values) {
        Operand operand = output(Element.F64, values.length);
        for (int i = 0; i < values.length; i++) {
            operand.set(i, values[i]);
        }
        return operand;
    }

    static Operand none(Element element) {
        return new Operand(element, new byte[0]);
    }

    private ByteBuffer buffer() {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    int count() {
        return bytes.length / element.width();
    }

    boolean isNone() {
        return bytes.length == 0;
    }

    int intAt(long i) {
        return buffer().getInt((int) i * Integer.BYTES);
    }

    long longAt(long i) {
        return buffer().getLong((int) i * Long.BYTES);
    }

    float floatAt(long i) {
        return buffer().getFloat((int) i * Float.BYTES);
    }

    double doubleAt(long i) {
        return buffer().getDouble((int) i * Double.BYTES);
    }

    void set(long i, int value) {
        buffer().putInt((int) i * Integer.BYTES, value);
    }

    void set(long i, long value) {
        buffer().putLong((int) i * Long.BYTES, value);
    }

    void set(long i, float value) {
        buffer().putFloat((int) i * Float.BYTES, value);
    }

    void set(long i, double value) {
        buffer().putDouble((int) i * Double.BYTES, value);
    }

    /** The first element that differs, or -1; a NaN equals any NaN. */
    int mismatch(Operand other) {
        for (int i = 0; i < count(); i++) {
            if (bits(i) != other.bits(i)) {
                return i;
            }
        }
        return count() == other.count() ? -1 : count();
    }

    /** An element with one of all NaNs for all. */
    private long bits(int i) {
        return switch (element) {
            case U8 -> bytes[i] & 0xFF;
            case U32 -> intAt(i);
            case I64 -> longAt(i);
            case F32 -> Float.floatToIntBits(floatAt(i));
            case F64 -> Double.doubleToLongBits(doubleAt(i));
            case F16 -> canonical(buffer().getShort(2 * i), 0x7C00);
            case BF16 -> canonical(buffer().getShort(2 * i), 0x7F80);
        };
    }

    private static long canonical(short word, int infinite) {
        return (word & 0x7FFF) > infinite ? infinite + 1 : word;
    }

    /** An element for people. */
    String show(int i) {
        String hexadecimal = "%x".formatted(bits(i));
        return switch (element) {
            case F32 -> floatAt(i) + " (" + hexadecimal + ")";
            case F64 -> doubleAt(i) + " (" + hexadecimal + ")";
            default -> hexadecimal;
        };
    }
}
