package dev.deltapress.delta;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Codes of a few bits as a stream of bits: code i takes bits i * width to i * width + width - 1;
 * bit k of the stream is bit k mod 8, bit 0 lowest, of byte k div 8. Unused bits of the last byte
 * are 0.
 */
public final class CodeStream {

    private CodeStream() {}

    /** Bytes that so many codes take. */
    public static long byteSize(long count, int bits) {
        return Math.ceilDiv(Math.multiplyExact(count, bits), (long) Byte.SIZE);
    }

    /**
     * Writes codes; bits above the width are ignored.
     *
     * @param bits 1 to 8
     * @param at byte of {@code out} where the stream begins
     */
    public static void pack(byte[] codes, int count, int bits, MemorySegment out, long at) {
        requireBits(bits);
        int pending = 0;
        int pendingBits = 0;
        long next = at;
        for (int i = 0; i < count; i++) {
            pending |= (codes[i] & mask(bits)) << pendingBits;
            pendingBits += bits;
            if (pendingBits >= Byte.SIZE) {
                out.set(JAVA_BYTE, next++, (byte) pending);
                pending >>>= Byte.SIZE;
                pendingBits -= Byte.SIZE;
            }
        }
        if (pendingBits > 0) {
            out.set(JAVA_BYTE, next, (byte) pending);
        }
    }

    /** The inverse. */
    public static void unpack(MemorySegment in, long at, int count, int bits, byte[] codes) {
        requireBits(bits);
        int pending = 0;
        int pendingBits = 0;
        long next = at;
        for (int i = 0; i < count; i++) {
            if (pendingBits < bits) {
                pending |= (in.get(JAVA_BYTE, next++) & 0xFF) << pendingBits;
                pendingBits += Byte.SIZE;
            }
            codes[i] = (byte) (pending & mask(bits));
            pending >>>= bits;
            pendingBits -= bits;
        }
    }

    private static int mask(int bits) {
        return (1 << bits) - 1;
    }

    private static void requireBits(int bits) {
        Objects.checkIndex(bits - 1, Codebook.MAX_BITS);
    }
}
