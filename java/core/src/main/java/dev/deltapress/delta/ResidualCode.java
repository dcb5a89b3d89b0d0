package dev.deltapress.delta;

import static dev.deltapress.tensor.Floats.WORD32;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.deltapress.MalformedFileException;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Folded differences of 16-bit words from a base's, each in the context of the base's exponent: a
 * change of one size is many steps on a small value and few on a large one (docs/format.md, section
 * 4).
 *
 * <p>A word is a class and the bits that the class leaves open. Words below 8 are their own class;
 * above, the class is the place of the highest bit and the three bits below it. The stream holds,
 * for each context that occurs, ascending, the width of its classes in bits (0: all its words are
 * 0) and the classes of its words in order ({@link EntropyCode}); then the open bits of all words
 * in order, lowest first, padded with zeros to a byte.
 */
final class ResidualCode {
    /** Contexts are 0 to this, less one. */
    static final int CONTEXTS = 256;

    /** Bits below the highest that a class tells. */
    private static final int TOLD_BITS = 3;

    /** The class of 0xFFFF. */
    private static final int LAST_CLASS = classOf(0xFFFF);

    private static final int MOST_OPEN_BITS = openBitsOf(LAST_CLASS);

    private ResidualCode() {}

    private static int openBitsIn(int word) {
        return Math.max(0, Integer.SIZE - Integer.numberOfLeadingZeros(word) - TOLD_BITS - 1);
    }

    private static int classOf(int word) {
        int open = openBitsIn(word);
        return (open << TOLD_BITS) + (word >>> open);
    }

    /** Open bits of a class's words. */
    private static int openBitsOf(int wordClass) {
        return Math.max(0, (wordClass >>> TOLD_BITS) - 1);
    }

    /** The word of a class whose open bits are 0. */
    private static int leastOf(int wordClass) {
        int open = openBitsOf(wordClass);
        return (wordClass - (open << TOLD_BITS)) << open;
    }

    private static int widthOf(int wordClass) {
        return Integer.SIZE - Integer.numberOfLeadingZeros(wordClass);
    }

    /** Where the words of each context begin when they are sorted by it; last, where they end. */
    private static int[] starts(int[] counts) {
        int[] starts = new int[CONTEXTS + 1];
        for (int context = 0; context < CONTEXTS; context++) {
            starts[context + 1] = starts[context] + counts[context];
        }
        return starts;
    }

    /** Takes words piece by piece. For one thread. */
    static final class Encoder {
        private final int[] starts;
        private final int[] next;
        private final byte[] classes;
        private final MemorySegment openBits;
        private long openBytes;
        private int pending;
        private int pendingBits;

        /**
         * @param counts how many words there will be of each context
         * @param openBits room for 3 bytes for every 2 words, and 4 more
         */
        Encoder(int[] counts, MemorySegment openBits) {
            this.starts = starts(counts);
            this.next = starts.clone();
            this.classes = new byte[starts[CONTEXTS]];
            this.openBits = openBits;
        }

        /**
         * Adds the next words.
         *
         * @param contexts one per word
         * @param words of which the low 16 bits count
         */
        void add(int[] contexts, int[] words, int count) {
            for (int i = 0; i < count; i++) {
                int word = words[i] & 0xFFFF;
                int open = openBitsIn(word);
                classes[next[contexts[i]]++] = (byte) ((open << TOLD_BITS) + (word >>> open));
                pending |= (word & ((1 << open) - 1)) << pendingBits;
                pendingBits += open;
                if (pendingBits >= Short.SIZE) {
                    openBits.set(WORD32, openBytes, pending);
                    openBytes += Short.BYTES;
                    pending >>>= Short.SIZE;
                    pendingBits -= Short.SIZE;
                }
            }
        }

        /** The classes of all words; no more can be added. */
        byte[] classes() {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            for (int context = 0; context < CONTEXTS; context++) {
                int count = starts[context + 1] - starts[context];
                if (count > 0) {
                    int width = widthOf(highest(starts[context], starts[context + 1]));
                    out.write(width);
                    if (width > 0) {
                        EntropyCode.encode(classes, starts[context], count, width, out);
                    }
                }
            }
            return out.toByteArray();
        }

        private int highest(int from, int to) {
            int highest = 0;
            for (int i = from; i < to; i++) {
                highest = Math.max(highest, classes[i]);
            }
            return highest;
        }

        /** The open bits of all words. */
        MemorySegment openBits() {
            openBits.set(WORD32, openBytes, pending);
            return openBits.asSlice(0, openBytes + Math.ceilDiv(pendingBits, Byte.SIZE));
        }
    }

    /** Gives words piece by piece. For one thread. */
    static final class Decoder {
        private static final VarHandle INT =
                MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

        /** Per class: its least word, and its open bits in the highest byte. */
        private static final int[] CLASSES = classTable();

        private static final int OPEN_SHIFT = 24;
        private static final int WORD_MASK = 0xFFFF;

        private final MemorySegment in;
        private final int[] next;
        private final byte[] classes;
        private final String where;

        /** Whether no context has a word but 0. */
        private boolean allZero = true;

        /** Byte at which the open bits begin. */
        private final long open;

        private byte[] piece = new byte[0];
        private long usedBits;

        /**
         * Decodes the classes.
         *
         * @param in ends with the stream
         * @param start byte of {@code in} where the stream begins
         * @param counts how many words there are of each context
         * @param where names file and tensor in errors
         * @throws MalformedFileException if they are not what a writer gives
         */
        Decoder(MemorySegment in, long start, int[] counts, String where) {
            this.in = in;
            this.where = where;
            this.next = starts(counts);
            this.classes = new byte[next[CONTEXTS]];
            long at = start;
            for (int context = 0; context < CONTEXTS; context++) {
                if (counts[context] > 0) {
                    require(at < in.byteSize(), at, "the stream ends before context " + context);
                    int width = in.get(JAVA_BYTE, at);
                    int most = widthOf(LAST_CLASS);
                    require(width >= 0 && width <= most, at, "classes of " + width + " bits");
                    at++;
                    if (width > 0) {
                        at += readClasses(at, context, counts[context], width);
                        allZero = false;
                    }
                }
            }
            this.open = at;
        }

        private static int[] classTable() {
            int[] table = new int[LAST_CLASS + 1];
            for (int wordClass = 0; wordClass <= LAST_CLASS; wordClass++) {
                table[wordClass] = leastOf(wordClass) | openBitsOf(wordClass) << OPEN_SHIFT;
            }
            return table;
        }

        /** Whether all words are 0, so that nobody need ask for them. */
        boolean isAllZero() {
            return allZero;
        }

        private long readClasses(long at, int context, int count, int width) {
            EntropyCode code = EntropyCode.read(in, at, count, width, where);
            int highest = code.highestCode();
            require(
                    highest <= LAST_CLASS && widthOf(highest) == width,
                    at,
                    "class %d of %d bits".formatted(highest, width));
            code.decode(classes, next[context]);
            return code.byteSize();
        }

        /**
         * Decodes the next words.
         *
         * @param contexts as on encoding
         * @param words receives them
         */
        void next(int[] contexts, int[] words, int count) {
            byte[] bits = openBits(count);
            int at = (int) (usedBits % Byte.SIZE);
            for (int i = 0; i < count; i++) {
                int entry = CLASSES[classes[next[contexts[i]]++]];
                int width = entry >>> OPEN_SHIFT;
                int pending = (int) INT.get(bits, at >>> 3) >>> (at & 7);
                words[i] = (entry & WORD_MASK) | (pending & ((1 << width) - 1));
                at += width;
            }
            usedBits += at - usedBits % Byte.SIZE;
        }

        /**
         * As many bytes as the next words can take; zeros behind the stream, which is too short.
         */
        private byte[] openBits(int count) {
            int most = Math.ceilDiv(count * MOST_OPEN_BITS, Byte.SIZE) + 1 + Integer.BYTES;
            if (piece.length < most) {
                piece = new byte[most];
            }
            long from = Math.min(in.byteSize(), open + usedBits / Byte.SIZE);
            int length = (int) Math.min(piece.length, in.byteSize() - from);
            MemorySegment.copy(in, JAVA_BYTE, from, piece, 0, length);
            Arrays.fill(piece, length, piece.length, (byte) 0);
            return piece;
        }

        /**
         * Checks, after the last word, that the stream ends as it must.
         *
         * @throws MalformedFileException if not
         */
        void requireEnd() {
            long end = open + Math.ceilDiv(usedBits, (long) Byte.SIZE);
            require(
                    end == in.byteSize(),
                    open,
                    "the open bits end at byte %d, the stream at %d".formatted(end, in.byteSize()));
            int used = (int) (usedBits % Byte.SIZE);
            require(
                    used == 0 || (in.get(JAVA_BYTE, end - 1) & 0xFF) >> used == 0,
                    end - 1,
                    "unused bits must be 0");
        }

        private void require(boolean holds, long at, String message) {
            if (!holds) {
                throw new MalformedFileException("%s: byte %d: %s".formatted(where, at, message));
            }
        }
    }
}
