package dev.deltapress.delta;

import static dev.deltapress.tensor.Floats.WORD16;
import static dev.deltapress.tensor.Floats.WORD32;

import dev.deltapress.MalformedFileException;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Codes of 1 to 8 bits in about as many bits as their frequencies are worth (docs/format.md,
 * section 7): static range coding by asymmetric numeral systems (rANS; Duda, arXiv 1311.2540) with
 * four states in turn (Giesen, arXiv 1402.3392). Chunks decode on their own, so threads can share
 * them.
 *
 * <p>The stream holds neither the number of codes nor their width. It may be larger than packed
 * codes; who writes it compares {@link CodeStream#byteSize}.
 */
public final class EntropyCode {
    /** Codes of a chunk; the last has fewer. */
    public static final int CHUNK = 1 << 16;

    static final int STATES = 4;
    static final int WORD_BITS = 16;

    /** States are at least this between codes, and exactly this before the first is coded. */
    static final int LEAST_STATE = 1 << WORD_BITS;

    private static final int SLOT_MASK = FrequencyTable.TOTAL - 1;
    private static final int CODE_BITS = 8;
    private static final int CODE_MASK = (1 << CODE_BITS) - 1;
    private static final int OFFSET_SHIFT = CODE_BITS + FrequencyTable.TOTAL_BITS;

    private final MemorySegment in;
    private final int count;
    private final String where;

    /** Per slot: offset in the code's slots, frequency less 1, code; from the highest bits down. */
    private final int[] slots;

    /** Where chunks begin; the last entry is the end of the stream. */
    private final long[] starts;

    private final long at;
    private final int highestCode;

    private EntropyCode(MemorySegment in, long at, int count, int bits, String where) {
        this.in = in;
        this.at = at;
        this.count = count;
        this.where = where;
        starts = new long[Math.ceilDiv(count, CHUNK) + 1];
        if (count == 0) {
            slots = new int[0];
            starts[0] = at;
            highestCode = -1;
        } else {
            FrequencyTable table = FrequencyTable.read(in, at, bits, where);
            slots = slots(table.parts());
            highestCode = slots[FrequencyTable.TOTAL - 1] & CODE_MASK;
            readLengths(at + table.byteSize());
        }
    }

    /**
     * Codes a stream.
     *
     * @param codes bits above the width are ignored
     * @param bits 1 to 8
     */
    public static byte[] encode(byte[] codes, int count, int bits) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        encode(codes, 0, count, bits, out);
        return out.toByteArray();
    }

    /**
     * Codes a stream.
     *
     * @param from which of the codes is the first
     * @param out where the stream goes
     */
    static void encode(byte[] codes, int from, int count, int bits, ByteArrayOutputStream out) {
        int[] next = {from};
        EntropyEncoder.Source source =
                (to, length) -> {
                    System.arraycopy(codes, next[0], to, 0, length);
                    next[0] += length;
                };
        FrequencyTable.Counter counter = new FrequencyTable.Counter(requireBits(bits));
        counter.add(codes, from, count);
        EntropyEncoder.encode(source, counter, count, out);
    }

    /**
     * Reads the table and the lengths of the chunks.
     *
     * @param in may go on after the stream
     * @param at byte of {@code in} where the stream begins; errors count from the start of {@code
     *     in}
     * @param count codes of the stream
     * @param bits 1 to 8
     * @param where names file and tensor in errors
     * @throws MalformedFileException if the table breaks a rule or a chunk is cut
     */
    public static EntropyCode read(MemorySegment in, long at, int count, int bits, String where) {
        requireBits(bits);
        return new EntropyCode(in, at, count, bits, where);
    }

    private static int[] slots(int[] parts) {
        int[] slots = new int[FrequencyTable.TOTAL];
        int next = 0;
        for (int code = 0; code < parts.length; code++) {
            for (int offset = 0; offset < parts[code]; offset++) {
                slots[next++] = (offset << OFFSET_SHIFT) | ((parts[code] - 1) << CODE_BITS) | code;
            }
        }
        return slots;
    }

    private void readLengths(long lengths) {
        long start = lengths + (long) Short.BYTES * chunks();
        require(start <= in.byteSize(), lengths, "the lengths of %d chunks are cut", chunks());
        for (int chunk = 0; chunk < chunks(); chunk++) {
            starts[chunk] = start;
            int words = in.get(WORD16, lengths + (long) Short.BYTES * chunk) & 0xFFFF;
            start += STATES * Integer.BYTES + (long) Short.BYTES * words;
            require(
                    start <= in.byteSize() && words <= CHUNK,
                    lengths + (long) Short.BYTES * chunk,
                    "chunk of %d words is cut",
                    words);
        }
        starts[chunks()] = start;
    }

    /** Bytes of the stream. */
    public long byteSize() {
        return starts[chunks()] - at;
    }

    /** The highest code that the table names; -1 where there are no codes. */
    int highestCode() {
        return highestCode;
    }

    /** How many chunks there are, each of {@link #CHUNK} codes but the last. */
    public int chunks() {
        return starts.length - 1;
    }

    /**
     * Decodes all chunks.
     *
     * @param codes receives the codes
     * @throws MalformedFileException if a chunk is not what a writer gives
     */
    public void decode(byte[] codes) {
        decode(codes, 0);
    }

    /**
     * Decodes all chunks.
     *
     * @param to where in {@code codes} the first code goes
     */
    void decode(byte[] codes, int to) {
        for (int chunk = 0; chunk < chunks(); chunk++) {
            decodeChunk(chunk, codes, to + chunk * CHUNK);
        }
    }

    /**
     * Decodes one chunk. Threads may decode different chunks at once.
     *
     * @param codes receives the chunk's codes
     * @param to where in {@code codes} they go
     * @throws MalformedFileException if the chunk is not what a writer gives
     */
    public void decodeChunk(int chunk, byte[] codes, int to) {
        long start = starts[Objects.checkIndex(chunk, chunks())];
        int length = Math.min(CHUNK, count - chunk * CHUNK);
        Objects.checkFromIndexSize(to, length, codes.length);
        int[] states = new int[STATES];
        MemorySegment.copy(in, WORD32, start, states, 0, STATES);
        for (int state = 0; state < STATES; state++) {
            require(
                    Integer.compareUnsigned(states[state], LEAST_STATE) >= 0,
                    start + (long) Integer.BYTES * state,
                    "state %d",
                    states[state]);
        }
        long first = start + STATES * Integer.BYTES;
        int available = (int) ((starts[chunk + 1] - first) / Short.BYTES);
        // A hostile chunk takes a word with every code: it reads zeros beyond its own words.
        short[] words = new short[Math.max(available, length) + 1];
        MemorySegment.copy(in, WORD16, first, words, 0, available);

        int used = decode(states, words, slots, codes, to, length);

        require(used == available, first, "%d words are used", used);
        for (int state : states) {
            require(state == LEAST_STATE, start, "a chunk that ends in state %d", state);
        }
    }

    /** Decodes without a branch on the data; returns how many words were used. */
    private static int decode(
            int[] states, short[] words, int[] slots, byte[] codes, int to, int length) {
        int x0 = states[0];
        int x1 = states[1];
        int x2 = states[2];
        int x3 = states[3];
        int used = 0;
        int i = 0;
        // Four states in locals, so that what one waits for does not hold up the others.
        for (; i + STATES <= length; i += STATES) {
            int s0 = slots[x0 & SLOT_MASK];
            int s1 = slots[x1 & SLOT_MASK];
            int s2 = slots[x2 & SLOT_MASK];
            int s3 = slots[x3 & SLOT_MASK];
            codes[to + i] = (byte) s0;
            codes[to + i + 1] = (byte) s1;
            codes[to + i + 2] = (byte) s2;
            codes[to + i + 3] = (byte) s3;
            x0 = advanced(x0, s0);
            x1 = advanced(x1, s1);
            x2 = advanced(x2, s2);
            x3 = advanced(x3, s3);
            int due0 = due(x0);
            int due1 = due(x1);
            int due2 = due(x2);
            int due3 = due(x3);
            x0 = refilled(x0, due0, words[used]);
            used -= due0;
            x1 = refilled(x1, due1, words[used]);
            used -= due1;
            x2 = refilled(x2, due2, words[used]);
            used -= due2;
            x3 = refilled(x3, due3, words[used]);
            used -= due3;
        }
        states[0] = x0;
        states[1] = x1;
        states[2] = x2;
        states[3] = x3;
        for (; i < length; i++) {
            int state = states[i % STATES];
            int slot = slots[state & SLOT_MASK];
            codes[to + i] = (byte) slot;
            state = advanced(state, slot);
            int due = due(state);
            states[i % STATES] = refilled(state, due, words[used]);
            used -= due;
        }
        return used;
    }

    private static int advanced(int state, int slot) {
        int part = ((slot >>> CODE_BITS) & SLOT_MASK) + 1;
        return part * (state >>> FrequencyTable.TOTAL_BITS) + (slot >>> OFFSET_SHIFT);
    }

    /** All bits where a word is due, else 0. */
    private static int due(int state) {
        return ((state >>> WORD_BITS) - 1) >> 31;
    }

    private static int refilled(int state, int due, short word) {
        return state << (due & WORD_BITS) | (word & 0xFFFF & due);
    }

    private void require(boolean holds, long at, String message, int found) {
        if (!holds) {
            throw new MalformedFileException(
                    "%s: byte %d: %s".formatted(where, at, message.formatted(found)));
        }
    }

    private static int requireBits(int bits) {
        return Objects.checkIndex(bits - 1, Codebook.MAX_BITS) + 1;
    }
}
