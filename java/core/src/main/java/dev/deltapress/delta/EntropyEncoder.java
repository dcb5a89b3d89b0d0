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
    private final int[] parts;
    private final int[] firstSlots;
    private final int[] states = new int[EntropyCode.STATES];
    private final short[] words;

    EntropyEncoder(int[] parts, int mostCodes) {
        this.parts = parts;
        words = new short[mostCodes];
        firstSlots = new int[parts.length];
        for (int code = 1; code < parts.length; code++) {
            firstSlots[code] = firstSlots[code - 1] + parts[code - 1];
        }
    }

    /** Fills the last words of the buffer, so that they are in the order of reading. */
    int encode(byte[] codes, int first, int count) {
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

    void write(int count, ByteArrayOutputStream out) {
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
