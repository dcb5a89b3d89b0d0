package dev.deltapress.delta;

import static dev.deltapress.tensor.Floats.FLOAT32;
import static dev.deltapress.tensor.Floats.WORD16;
import static dev.deltapress.tensor.Floats.WORD32;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.deltapress.delta.WordCode.Narrow;
import dev.deltapress.tensor.Conversions;
import dev.deltapress.tensor.MappedPages;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;

/**
 * What {@link WordCode} says of one element, for many at once, bit for bit: loops over ints, which
 * hold words of 1, 2 and 4 bytes with their sign. Words of 8 bytes, which are rare, go one by one.
 * For one thread.
 */
final class WordLoops {
    /** Elements at a time: buffers stay in the nearest caches. */
    static final int CHUNK = 4096;

    private final WordCode code;
    private final int mask;
    private final int signBit;
    private final byte[] bytes = new byte[CHUNK];
    private final short[] halves = new short[CHUNK];
    private final float[] floats = new float[CHUNK];
    private final int[] words = new int[CHUNK];
    private final int[] predictions = new int[CHUNK];

    WordLoops(WordCode code) {
        this.code = code;
        this.mask = code.width() == Integer.BYTES ? -1 : (1 << (8 * code.width())) - 1;
        this.signBit = 1 << (8 * code.width() - 1);
    }

    /** Whether every F32 element survives the narrow type bit for bit. */
    static boolean holds(Narrow narrow, MemorySegment data) {
        WordLoops loops = new WordLoops(new WordCode(narrow, Short.BYTES, false, true));
        MappedPages read = MappedPages.behindReaderOf(data);
        long elements = data.byteSize() / Float.BYTES;
        for (long at = 0; at < elements; at += CHUNK) {
            int count = (int) Math.min(CHUNK, elements - at);
            MemorySegment.copy(data, WORD32, at * Float.BYTES, loops.predictions, 0, count);
            loops.read(data, at, count, loops.words);
            loops.widen(count);
            Conversions.toBits(loops.floats, loops.words, count);
            if (differ(loops.words, loops.predictions, count)) {
                return false;
            }
            read.passed((at + count) * Float.BYTES);
        }
        return true;
    }

    private static boolean differ(int[] x, int[] y, int count) {
        int difference = 0;
        for (int i = 0; i < count; i++) {
            difference |= x[i] ^ y[i];
        }
        return difference != 0;
    }

    /**
     * Writes the coded words of elements {@code [first, first + elements)}, byte 0 of all of them,
     * then byte 1 of all, and so on.
     */
    void encode(
            MemorySegment data,
            @Nullable MemorySegment base,
            long first,
            int elements,
            MemorySegment planes) {
        if (code.width() == Long.BYTES) {
            encodeWide(data, base, first, elements, planes);
            return;
        }
        for (int at = 0; at < elements; at += CHUNK) {
            int count = Math.min(CHUNK, elements - at);
            read(data, first + at, count, words);
            if (code.predicted() && base != null) {
                read(base, first + at, count, predictions);
                foldFromPredictions(count);
            }
            for (int plane = 0; plane < code.width(); plane++) {
                Conversions.toBytes(words, bytes, count);
                MemorySegment.copy(
                        bytes, 0, planes, JAVA_BYTE, (long) plane * elements + at, count);
                nextByte(words, count);
            }
        }
    }

    /** Stores the elements that {@link #encode} gave those planes for. */
    void decode(
            MemorySegment planes,
            @Nullable MemorySegment base,
            long first,
            int elements,
            MemorySegment out) {
        if (code.width() == Long.BYTES) {
            decodeWide(planes, base, first, elements, out);
            return;
        }
        for (int at = 0; at < elements; at += CHUNK) {
            int count = Math.min(CHUNK, elements - at);
            for (int plane = code.width() - 1; plane >= 0; plane--) {
                MemorySegment.copy(
                        planes, JAVA_BYTE, (long) plane * elements + at, bytes, 0, count);
                Conversions.toInts(bytes, predictions, count);
                append(words, predictions, count);
            }
            if (code.predicted() && base != null) {
                read(base, first + at, count, predictions);
                unfoldFromPredictions(count);
            }
            write(out, first + at, count);
        }
    }

    /** At most {@link #CHUNK} words and their predictions, for who does more with them. */
    int[] words() {
        return words;
    }

    int[] predictions() {
        return predictions;
    }

    /** Makes words folded differences from predictions, which are used up. */
    void foldFromPredictions(int count) {
        order(words, count);
        order(predictions, count);
        fold(words, predictions, mask, signBit, count);
    }

    /** The inverse. */
    void unfoldFromPredictions(int count) {
        order(predictions, count);
        unfold(words, predictions, mask, count);
        unorder(words, count);
    }

    /** Reads the words of at most {@link #CHUNK} elements; only low bytes count. */
    void read(MemorySegment data, long from, int count, int[] to) {
        switch (code.narrow()) {
            case F16 -> {
                MemorySegment.copy(data, FLOAT32, from * Float.BYTES, floats, 0, count);
                Conversions.toF16(floats, halves, count);
                Conversions.toInts(halves, to, count);
            }
            case BF16 -> {
                MemorySegment.copy(data, WORD32, from * Float.BYTES, to, 0, count);
                Conversions.toBf16(to, count);
            }
            case NONE -> readWords(data, from, count, to);
        }
    }

    private void readWords(MemorySegment data, long from, int count, int[] to) {
        switch (code.width()) {
            case 1 -> {
                MemorySegment.copy(data, JAVA_BYTE, from, bytes, 0, count);
                Conversions.toInts(bytes, to, count);
            }
            case 2 -> {
                MemorySegment.copy(data, WORD16, from * Short.BYTES, halves, 0, count);
                Conversions.toInts(halves, to, count);
            }
            default -> MemorySegment.copy(data, WORD32, from * Integer.BYTES, to, 0, count);
        }
    }

    /** Stores the elements of the words. */
    void write(MemorySegment data, long from, int count) {
        if (code.narrow() != Narrow.NONE) {
            widen(count);
            MemorySegment.copy(floats, 0, data, FLOAT32, from * Float.BYTES, count);
            return;
        }
        switch (code.width()) {
            case 1 -> {
                Conversions.toBytes(words, bytes, count);
                MemorySegment.copy(bytes, 0, data, JAVA_BYTE, from, count);
            }
            case 2 -> {
                Conversions.toShorts(words, halves, count);
                MemorySegment.copy(halves, 0, data, WORD16, from * Short.BYTES, count);
            }
            default -> MemorySegment.copy(words, 0, data, WORD32, from * Integer.BYTES, count);
        }
    }

    /** The values of narrow words. */
    private void widen(int count) {
        Conversions.toShorts(words, halves, count);
        if (code.narrow() == Narrow.F16) {
            Conversions.fromF16(halves, floats, count);
        } else {
            Conversions.fromBf16(halves, words, count);
            Conversions.fromBits(words, floats, count);
        }
    }

    /** Words to integers in the order of their values; only low bytes count. */
    private void order(int[] words, int count) {
        if (code.floats()) {
            orderFloats(words, signBit, count);
        }
    }

    private void unorder(int[] ordered, int count) {
        if (code.floats()) {
            unorderFloats(ordered, mask, signBit, count);
        }
    }

    /** Not w where the word, with its sign, is negative; else w with the sign bit set. */
    private static void orderFloats(int[] words, int signBit, int count) {
        for (int i = 0; i < count; i++) {
            int word = words[i];
            words[i] = word ^ ((word >> 31) | signBit);
        }
    }

    /** The inverse. */
    private static void unorderFloats(int[] ordered, int mask, int signBit, int count) {
        for (int i = 0; i < count; i++) {
            int extended = ((ordered[i] & mask) ^ signBit) - signBit;
            ordered[i] = extended ^ (~(extended >> 31) | signBit);
        }
    }

    /** Zigzag of differences modulo 2^(8 width). */
    private static void fold(int[] words, int[] predictions, int mask, int signBit, int count) {
        for (int i = 0; i < count; i++) {
            int difference = (((words[i] - predictions[i]) & mask) ^ signBit) - signBit;
            words[i] = (difference << 1) ^ (difference >> 31);
        }
    }

    private static void unfold(int[] words, int[] predictions, int mask, int count) {
        for (int i = 0; i < count; i++) {
            int folded = words[i] & mask;
            words[i] = ((folded >>> 1) ^ -(folded & 1)) + predictions[i];
        }
    }

    private static void nextByte(int[] words, int count) {
        for (int i = 0; i < count; i++) {
            words[i] >>>= 8;
        }
    }

    /** Puts a byte below those that a word has. */
    private static void append(int[] words, int[] bytes, int count) {
        for (int i = 0; i < count; i++) {
            words[i] = (words[i] << 8) | (bytes[i] & 0xFF);
        }
    }

    private void encodeWide(
            MemorySegment data,
            @Nullable MemorySegment base,
            long first,
            int elements,
            MemorySegment planes) {
        for (int i = 0; i < elements; i++) {
            long word = code.encode(data, base, first + i);
            for (int plane = 0; plane < Long.BYTES; plane++) {
                planes.set(JAVA_BYTE, (long) plane * elements + i, (byte) (word >>> (8 * plane)));
            }
        }
    }

    private void decodeWide(
            MemorySegment planes,
            @Nullable MemorySegment base,
            long first,
            int elements,
            MemorySegment out) {
        for (int i = 0; i < elements; i++) {
            long word = 0;
            for (int plane = 0; plane < Long.BYTES; plane++) {
                long part = planes.get(JAVA_BYTE, (long) plane * elements + i) & 0xFFL;
                word |= part << (8 * plane);
            }
            code.decode(word, base, out, first + i);
        }
    }
}
