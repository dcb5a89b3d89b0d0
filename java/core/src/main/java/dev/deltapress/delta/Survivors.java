package dev.deltapress.delta;

import dev.deltapress.linalg.Matrix;
import dev.deltapress.tensor.Conversions;
import dev.deltapress.tensor.Floats;

import java.lang.foreign.MemorySegment;

/**
 * Takes the surviving entries of a component out of a factor, as f16 words or codes, and puts them
 * back. Buffers for components of up to that many entries; for one thread.
 *
 * <p>Loops over entries advance by the mask, 0 or 1, instead of branching on it.
 */
final class Survivors {
    private static final long MAX_WORD = 0xFFFFFFFFL;

    private final float[] values;
    private final int[] bits;
    private final int[] dense;
    private final short[] words;
    private final short[] kept;
    private final byte[] codes;

    Survivors(int entries) {
        values = new float[entries];
        bits = new int[entries];
        dense = new int[entries];
        words = new short[entries];
        kept = new short[entries];
        codes = new byte[entries];
    }

    /**
     * Writes the words of the survivors.
     *
     * @param factor holds the component in its row
     * @return bytes written
     */
    long pack(Matrix factor, int row, int[] draws, long threshold, MemorySegment out, long at) {
        int entries = factor.columns();
        factor.copyRow(row, 0, entries, values, 0);
        Conversions.toF16(values, words, entries);
        int survivors = select(words, draws, threshold, kept, entries);
        MemorySegment.copy(kept, 0, out, Floats.WORD16, at, survivors);
        return (long) survivors * Short.BYTES;
    }

    private static int select(
            short[] words, int[] draws, long threshold, short[] kept, int entries) {
        int survivors = 0;
        for (int i = 0; i < entries; i++) {
            kept[survivors] = words[i];
            survivors += survives(draws[i], threshold);
        }
        return survivors;
    }

    /**
     * Writes the codes of the survivors.
     *
     * @return bytes written
     */
    long packCodes(
            Matrix factor,
            int row,
            int[] draws,
            long threshold,
            Codebook book,
            float scale,
            MemorySegment out,
            long at) {
        int entries = factor.columns();
        factor.copyRow(row, 0, entries, values, 0);
        book.encode(values, scale, codes, entries);
        int survivors = 0;
        for (int i = 0; i < entries; i++) {
            codes[survivors] = codes[i];
            survivors += survives(draws[i], threshold);
        }
        CodeStream.pack(codes, survivors, book.bits(), out, at);
        return CodeStream.byteSize(survivors, book.bits());
    }

    /**
     * Reads the words of survivors and takes value * inverseKeep, then that * scale, each product
     * in f64 and rounded to f32.
     *
     * @param count how many there are
     */
    void read(MemorySegment in, long at, int count, double inverseKeep, double scale) {
        MemorySegment.copy(in, Floats.WORD16, at, kept, 0, count);
        Conversions.fromF16(kept, values, count);
        rescale(values, inverseKeep, scale, count);
        Conversions.toBits(values, dense, count);
    }

    /** The same with codes, whose values are levels. */
    void readCodes(
            MemorySegment in, long at, int count, Codebook book, double inverseKeep, double scale) {
        CodeStream.unpack(in, at, count, book.bits(), codes);
        book.decode(codes, 1, values, count);
        rescale(values, inverseKeep, scale, count);
        Conversions.toBits(values, dense, count);
    }

    /**
     * Puts what was read where the mask has it, and 0 elsewhere.
     *
     * @param factor receives the component in its row
     */
    void spread(int[] draws, long threshold, Matrix factor, int row) {
        int entries = factor.columns();
        spread(dense, draws, threshold, bits, entries);
        MemorySegment.copy(bits, 0, factor.data(), Floats.WORD32, factor.offset(row, 0), entries);
    }

    private static void rescale(float[] values, double inverseKeep, double scale, int count) {
        for (int i = 0; i < count; i++) {
            float rescaled = (float) (values[i] * inverseKeep);
            values[i] = (float) (rescaled * scale);
        }
    }

    private static void spread(int[] dense, int[] draws, long threshold, int[] bits, int entries) {
        int next = 0;
        for (int i = 0; i < entries; i++) {
            int survives = survives(draws[i], threshold);
            bits[i] = dense[next] & -survives;
            next += survives;
        }
    }

    /** 1 or 0, as {@link MaskKey#survives} says. */
    static int survives(int draw, long threshold) {
        return (int) (((draw & MAX_WORD) - threshold) >>> 63);
    }
}
