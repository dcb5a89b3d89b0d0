package dev.deltapress.delta;

import dev.deltapress.MalformedFileException;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * How often each code occurs, in parts of 2^12 (docs/format.md, section 7). A code that occurs has
 * at least one part.
 *
 * @param parts 2^bits of them, which add up to {@link #TOTAL}
 * @param byteSize of the table as stored
 */
@SuppressWarnings("ArrayRecordComponent") // read at once, never compared
record FrequencyTable(int[] parts, int byteSize) {
    static final int TOTAL_BITS = 12;
    static final int TOTAL = 1 << TOTAL_BITS;

    /** Bits of a byte of a number that hold digits; the highest says that another byte follows. */
    private static final int DIGIT_BITS = 7;

    private static final int MORE = 1 << DIGIT_BITS;

    /** How often each code occurs, of those that were counted. */
    static final class Counter {
        private final long[] occurrences;
        private long count;

        Counter(int bits) {
            occurrences = new long[1 << bits];
        }

        /**
         * Counts codes.
         *
         * @param from which of them is the first
         */
        void add(byte[] codes, int from, int count) {
            int mask = occurrences.length - 1;
            for (int i = 0; i < count; i++) {
                occurrences[codes[from + i] & mask]++;
            }
            this.count += count;
        }

        /** Of the codes so far, which are 1 or more. */
        FrequencyTable table() {
            return of(occurrences, count);
        }
    }

    private static FrequencyTable of(long[] occurrences, long count) {
        int[] parts = new int[occurrences.length];
        int left = TOTAL;
        int size = 0;
        for (int code = 0; code < parts.length; code++) {
            if (occurrences[code] > 0) {
                parts[code] = (int) Math.max(1, occurrences[code] * TOTAL / count);
                left -= parts[code];
            }
        }
        for (; left > 0; left--) {
            parts[mostLacking(occurrences, parts)]++;
        }
        for (; left < 0; left++) {
            parts[leastMissing(occurrences, parts)]--;
        }
        for (int part : parts) {
            size += bytes(part);
        }
        return new FrequencyTable(parts, size);
    }

    /** The code that gains most by one part more: about occurrences / parts. */
    private static int mostLacking(long[] occurrences, int[] parts) {
        int most = -1;
        for (int code = 0; code < parts.length; code++) {
            if (parts[code] > 0
                    && (most < 0
                            || occurrences[code] * parts[most] > occurrences[most] * parts[code])) {
                most = code;
            }
        }
        return most;
    }

    /** The code that loses least by one part less, of those that have one to spare. */
    private static int leastMissing(long[] occurrences, int[] parts) {
        int least = -1;
        for (int code = 0; code < parts.length; code++) {
            if (parts[code] > 1
                    && (least < 0
                            || occurrences[code] * (parts[least] - 1)
                                    < occurrences[least] * (parts[code] - 1))) {
                least = code;
            }
        }
        return least;
    }

    private static int bytes(int part) {
        return part < MORE ? 1 : 2;
    }

    void write(ByteArrayOutputStream out) {
        for (int part : parts) {
            if (bytes(part) == 1) {
                out.write(part);
            } else {
                out.write((part & (MORE - 1)) | MORE);
                out.write(part >>> DIGIT_BITS);
            }
        }
    }

    /**
     * Reads a table.
     *
     * @throws MalformedFileException if it is cut, not as short as can be, or does not add up
     */
    static FrequencyTable read(MemorySegment in, long at, int bits, String where) {
        int[] parts = new int[1 << bits];
        int left = TOTAL;
        long next = at;
        for (int code = 0; code < parts.length; code++) {
            require(next + 1 <= in.byteSize(), where, next, "the table of frequencies is cut");
            int part = in.get(ValueLayout.JAVA_BYTE, next) & 0xFF;
            if (part >= MORE) {
                require(next + 2 <= in.byteSize(), where, next, "the table of frequencies is cut");
                int high = in.get(ValueLayout.JAVA_BYTE, next + 1) & 0xFF;
                require(high > 0, where, next + 1, "a frequency is longer than it need be");
                part += (high << DIGIT_BITS) - MORE;
            }
            left -= part;
            require(left >= 0, where, next, "frequencies add up to more than " + TOTAL);
            parts[code] = part;
            next += bytes(part);
        }
        require(left == 0, where, at, "frequencies add up to %d only".formatted(TOTAL - left));
        return new FrequencyTable(parts, (int) (next - at));
    }

    private static void require(boolean holds, String where, long at, String message) {
        if (!holds) {
            throw new MalformedFileException("%s: byte %d: %s".formatted(where, at, message));
        }
    }
}
