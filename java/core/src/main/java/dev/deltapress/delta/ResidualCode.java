package dev.deltapress.delta;

import dev.deltapress.MalformedFileException;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Folded differences of 16-bit words from a base's, each in the context of the base's exponent: a
 * change of one size is many steps on a small value and few on a large one.
 *
 * <p>A word is a class and the bits that the class leaves open. Words below 8 are their own class;
 * above, the class is the place of the highest bit and the three bits below it. The stream holds,
 * for each context that occurs, ascending, the classes of its words in order ({@link EntropyCode},
 * 7 bits), then the open bits of all words in order, lowest first, padded with zeros to a byte.
 */
public final class ResidualCode {
    /** Contexts are 0 to this, less one. */
    private static final int CONTEXTS = 256;

    private static final int CLASS_BITS = 7;

    /** Bits below the highest that a class tells. */
    private static final int TOLD_BITS = 3;

    private static final int LAST_CLASS = classOf(0xFFFF);

    private ResidualCode() {}

    private static int openBits(int word) {
        return Math.max(0, Integer.SIZE - Integer.numberOfLeadingZeros(word) - TOLD_BITS - 1);
    }

    private static int classOf(int word) {
        int open = openBits(word);
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

    /**
     * Codes words.
     *
     * @param contexts one per word, as unsigned bytes
     */
    public static byte[] encode(short[] words, byte[] contexts, int count) {
        byte[] classes = new byte[count];
        int[] next = starts(contexts, count);
        int[] starts = next.clone();
        for (int i = 0; i < count; i++) {
            classes[next[contexts[i] & 0xFF]++] = (byte) classOf(words[i] & 0xFFFF);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int context = 0; context < CONTEXTS; context++) {
            byte[] own = Arrays.copyOfRange(classes, starts[context], next[context]);
            out.writeBytes(EntropyCode.encode(own, own.length, CLASS_BITS));
        }
        writeOpenBits(words, count, out);
        return out.toByteArray();
    }

    private static void writeOpenBits(short[] words, int count, ByteArrayOutputStream out) {
        int pending = 0;
        int pendingBits = 0;
        for (int i = 0; i < count; i++) {
            int word = words[i] & 0xFFFF;
            int open = openBits(word);
            pending |= (word & ((1 << open) - 1)) << pendingBits;
            pendingBits += open;
            while (pendingBits >= Byte.SIZE) {
                out.write(pending);
                pending >>>= Byte.SIZE;
                pendingBits -= Byte.SIZE;
            }
        }
        if (pendingBits > 0) {
            out.write(pending);
        }
    }

    /** Where the words of each context begin when they are sorted by it. */
    private static int[] starts(byte[] contexts, int count) {
        int[] starts = new int[CONTEXTS];
        for (int i = 0; i < count; i++) {
            starts[contexts[i] & 0xFF]++;
        }
        int next = 0;
        for (int context = 0; context < CONTEXTS; context++) {
            int occurrences = starts[context];
            starts[context] = next;
            next += occurrences;
        }
        return starts;
    }

    /**
     * Decodes words.
     *
     * @param in the stream and nothing else
     * @param contexts as on encoding
     * @param words receives {@code count} words
     * @param where names file and tensor in errors
     * @throws MalformedFileException if the stream is not what a writer gives
     */
    public static void decode(
            MemorySegment in, byte[] contexts, short[] words, int count, String where) {
        byte[] classes = new byte[count];
        int[] starts = starts(contexts, count);
        long at = 0;
        for (int context = 0; context < CONTEXTS; context++) {
            int end = context + 1 < CONTEXTS ? starts[context + 1] : count;
            byte[] own = new byte[end - starts[context]];
            EntropyCode code = EntropyCode.read(in, at, own.length, CLASS_BITS, where);
            code.decode(own);
            System.arraycopy(own, 0, classes, starts[context], own.length);
            at += code.byteSize();
        }
        long openBits = 0;
        for (byte wordClass : classes) {
            if (wordClass > LAST_CLASS) {
                throw malformed(where, 0, "class %d".formatted(wordClass));
            }
            openBits += openBitsOf(wordClass);
        }
        long size = at + Math.ceilDiv(openBits, (long) Byte.SIZE);
        require(
                size == in.byteSize(),
                where,
                at,
                "the stream must have %d bytes, found %d".formatted(size, in.byteSize()));
        int unused = (int) (Byte.SIZE * (size - at) - openBits);
        require(
                unused == 0
                        || (in.get(ValueLayout.JAVA_BYTE, size - 1) & 0xFF) >> (8 - unused) == 0,
                where,
                size - 1,
                "unused bits must be 0");
        byte[] open = in.asSlice(at).toArray(ValueLayout.JAVA_BYTE);
        readWords(open, contexts, classes, starts, words);
    }

    /** Puts classes and open bits together; {@code next} is used up. */
    private static void readWords(
            byte[] openBits, byte[] contexts, byte[] classes, int[] next, short[] words) {
        int pending = 0;
        int pendingBits = 0;
        int from = 0;
        for (int i = 0; i < classes.length; i++) {
            int wordClass = classes[next[contexts[i] & 0xFF]++];
            int open = openBitsOf(wordClass);
            while (pendingBits < open) {
                pending |= (openBits[from++] & 0xFF) << pendingBits;
                pendingBits += Byte.SIZE;
            }
            words[i] = (short) (leastOf(wordClass) | (pending & ((1 << open) - 1)));
            pending >>>= open;
            pendingBits -= open;
        }
    }

    private static void require(boolean holds, String where, long at, String message) {
        if (!holds) {
            throw malformed(where, at, message);
        }
    }

    private static MalformedFileException malformed(String where, long at, String message) {
        return new MalformedFileException("%s: byte %d: %s".formatted(where, at, message));
    }
}
