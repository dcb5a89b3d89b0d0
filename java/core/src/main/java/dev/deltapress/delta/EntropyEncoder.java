package dev.deltapress.delta;

import static dev.deltapress.tensor.Floats.WORD16;
import static dev.deltapress.tensor.Floats.WORD32;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Codes the chunks of an {@link EntropyCode}, one at a time, from its last code to its first, since
 * states are a stack.
 */
final class EntropyEncoder {
    /** Gives the codes of a stream, in order. */
    @FunctionalInterface
    interface Source {
        /**
         * Gives the next codes.
         *
         * @param count at most {@link EntropyCode#CHUNK}
         */
        void read(byte[] codes, int count);
    }

    /**
     * Codes a stream of which no more than a chunk is held.
     *
     * @param counter has counted the same codes
     * @param out where the stream goes
     */
    static void encode(
            Source source, FrequencyTable.Counter counter, int count, ByteArrayOutputStream out) {
        if (count == 0) {
            return;
        }
        FrequencyTable table = counter.table();
        table.write(out);
        ByteArrayOutputStream chunks = new ByteArrayOutputStream();
        byte[] codes = new byte[Math.min(EntropyCode.CHUNK, count)];
        EntropyEncoder encoder = new EntropyEncoder(table.parts(), codes.length);
        for (int first = 0; first < count; first += EntropyCode.CHUNK) {
            int length = Math.min(EntropyCode.CHUNK, count - first);
            source.read(codes, length);
            int words = encoder.encode(codes, 0, length);
            out.write(words);
            out.write(words >>> Byte.SIZE);
            encoder.write(words, chunks);
        }
        out.writeBytes(chunks.toByteArray());
    }

    private final int[] parts;
    private final int[] firstSlots;
    private final int[] states = new int[EntropyCode.STATES];
    private final short[] words;

    private EntropyEncoder(int[] parts, int mostCodes) {
        this.parts = parts;
        words = new short[mostCodes];
        firstSlots = new int[parts.length];
        for (int code = 1; code < parts.length; code++) {
            firstSlots[code] = firstSlots[code - 1] + parts[code - 1];
        }
    }

    /** Fills the last words of the buffer, so that they are in the order of reading. */
    private int encode(byte[] codes, int first, int count) {
        Arrays.fill(states, EntropyCode.LEAST_STATE);
        int at = words.length;
        for (int i = count - 1; i >= 0; i--) {
            int code = codes[first + i] & (parts.length - 1);
            int part = parts[code];
            long state = states[i % EntropyCode.STATES] & 0xFFFFFFFFL;
            if (state >= (long) part << (2 * EntropyCode.WORD_BITS - FrequencyTable.TOTAL_BITS)) {
                words[--at] = (short) state;
                state >>>= EntropyCode.WORD_BITS;
            }
            long quotient = state / part;
            long slot = firstSlots[code] + (state - quotient * part);
            states[i % EntropyCode.STATES] = (int) ((quotient << FrequencyTable.TOTAL_BITS) + slot);
        }
        return words.length - at;
    }

    private void write(int count, ByteArrayOutputStream out) {
        byte[] bytes = new byte[EntropyCode.STATES * Integer.BYTES + count * Short.BYTES];
        MemorySegment chunk = MemorySegment.ofArray(bytes);
        MemorySegment.copy(states, 0, chunk, WORD32, 0, EntropyCode.STATES);
        MemorySegment.copy(
                words,
                words.length - count,
                chunk,
                WORD16,
                EntropyCode.STATES * Integer.BYTES,
                count);
        out.writeBytes(bytes);
    }
}
