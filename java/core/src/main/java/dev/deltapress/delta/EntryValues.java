package dev.deltapress.delta;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.deltapress.MalformedFileException;
import dev.deltapress.tensor.Conversions;
import dev.deltapress.tensor.Floats;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;

/** Reads the values of an entry block, before gain and scales. For one thread. */
final class EntryValues {
    private static final int INFINITE_HALF = 0x7C00;

    private final MemorySegment block;
    private final EntryHeader header;
    private final String where;

    /** Null unless codes are entropy-coded. */
    private final @Nullable EntropyCode entropy;

    /** What each code stands for. */
    private final double[] levels;

    /** Codes of {@link #chunk}, or of what is read. */
    private final byte[] codes;

    private final short[] words;
    private int chunk = -1;

    /**
     * @param most values that are read at once
     */
    EntryValues(MemorySegment block, EntryHeader header, int most, String where) {
        this.block = block;
        this.header = header;
        this.where = where;
        this.entropy = entropy(block, header, where);
        boolean half = header.grid() == Grid.HALF;
        this.levels = half ? new double[0] : levels(header);
        this.words = new short[half ? most : 0];
        int unaligned = Byte.SIZE - 1;
        int chunkCodes = Math.min(EntropyCode.CHUNK, header.kept());
        this.codes = new byte[half ? 0 : entropy == null ? most + unaligned : chunkCodes];
    }

    private static double[] levels(EntryHeader header) {
        float[] plain = header.grid().codebook(header.bits()).levels();
        double[] levels = new double[plain.length];
        for (int code = 0; code < levels.length; code++) {
            levels[code] = (double) plain[code] + header.offset();
        }
        return levels;
    }

    /**
     * Checks what can be checked without reading all values.
     *
     * @throws MalformedFileException if it breaks a rule
     */
    static void check(MemorySegment block, EntryHeader header, String where) {
        EntropyCode entropy = entropy(block, header, where);
        long end = header.bytes();
        if (entropy != null) {
            long size = header.valuesAt() + entropy.byteSize();
            require(size == end, where, size, "codes end, but the block has %d bytes", end);
        } else if (header.grid() != Grid.HALF) {
            int used = (int) ((long) header.kept() * header.bits() % Byte.SIZE);
            boolean clean = used == 0 || (block.get(JAVA_BYTE, end - 1) & 0xFF) >> used == 0;
            require(clean, where, end - 1, "unused bits behind the codes are not 0", 0);
        }
    }

    private static @Nullable EntropyCode entropy(
            MemorySegment block, EntryHeader header, String where) {
        return header.entropyCoded()
                ? EntropyCode.read(block, header.valuesAt(), header.kept(), header.bits(), where)
                : null;
    }

    /**
     * Reads values, times a factor in f64, rounded to f32.
     *
     * @param first number of the first of them
     */
    void read(int first, int count, double factor, float[] out) {
        if (header.grid() == Grid.HALF) {
            readHalves(first, count, out);
            for (int i = 0; i < count; i++) {
                out[i] = (float) (out[i] * factor);
            }
        } else if (entropy == null) {
            int skipped = first % Byte.SIZE;
            long at = header.valuesAt() + (long) (first - skipped) / Byte.SIZE * header.bits();
            CodeStream.unpack(block, at, skipped + count, header.bits(), codes);
            decode(skipped, count, factor, out, 0);
        } else {
            readChunks(entropy, first, count, factor, out);
        }
    }

    private void readHalves(int first, int count, float[] out) {
        MemorySegment.copy(block, Floats.WORD16, header.valuesAt() + 2L * first, words, 0, count);
        for (int i = 0; i < count; i++) {
            if ((words[i] & INFINITE_HALF) == INFINITE_HALF) {
                long at = header.valuesAt() + 2L * (first + i);
                require(false, where, at, "value %d is not finite", first + i);
            }
        }
        Conversions.fromF16(words, out, count);
    }

    private void readChunks(EntropyCode from, int first, int count, double factor, float[] out) {
        int done = 0;
        while (done < count) {
            int number = first + done;
            int of = number / EntropyCode.CHUNK;
            if (of != chunk) {
                from.decodeChunk(of, codes, 0);
                chunk = of;
            }
            int start = number % EntropyCode.CHUNK;
            int part = Math.min(count - done, EntropyCode.CHUNK - start);
            decode(start, part, factor, out, done);
            done += part;
        }
    }

    private void decode(int from, int count, double factor, float[] out, int to) {
        for (int i = 0; i < count; i++) {
            out[to + i] = (float) (levels[codes[from + i] & 0xFF] * factor);
        }
    }

    private static void require(boolean holds, String where, long at, String message, long found) {
        if (!holds) {
            throw new MalformedFileException(
                    "%s: byte %d: %s".formatted(where, at, message.formatted(found)));
        }
    }
}
