package dev.deltapress.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.deltapress.MalformedFileException;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;

class ResidualCodeTest {
    private static final int PIECE = 1000;

    @Test
    void everyWordComesBack() {
        int count = 1 << 16;
        short[] words = new short[count];
        byte[] contexts = new byte[count];
        new Random(1).nextBytes(contexts);
        for (int i = 0; i < count; i++) {
            words[i] = (short) i;
        }
        requireRoundTrip(words, contexts);
    }

    @Test
    void fewWordsComeBack() {
        requireRoundTrip(new short[0], new byte[0]);
        requireRoundTrip(new short[] {0}, new byte[] {-1});
        requireRoundTrip(new short[] {-1, 7, 8, 9, 15, 16}, new byte[6]);
    }

    private static void requireRoundTrip(short[] words, byte[] contexts) {
        byte[] stream = encode(words, contexts);
        short[] decoded = new short[words.length];
        decode(stream, contexts, decoded);
        assertThat(Arrays.equals(decoded, words)).isTrue();
    }

    @Test
    void wordsThatAreAllZeroTakeAByteForEachContext() {
        byte[] contexts = new byte[100_000];
        Arrays.fill(contexts, 0, 500, (byte) 7);

        assertThat(encode(new short[contexts.length], contexts)).containsExactly(0, 0);
    }

    /** Changes as training by reinforcement makes them: few, by one step, rarer on large values. */
    @Test
    void fewChangesTakeAboutTheirEntropy() {
        int count = 1 << 20;
        double[] rates = {0.04, 0.01, 0.002};
        Random random = new Random(4);
        short[] words = new short[count];
        byte[] contexts = new byte[count];
        double entropy = 0;
        for (int i = 0; i < count; i++) {
            double rate = rates[i % 3];
            contexts[i] = (byte) (100 + i % 3);
            words[i] = (short) (random.nextDouble() < rate ? 1 + random.nextInt(2) : 0);
            entropy += (rate - rate * log2(rate) - (1 - rate) * log2(1 - rate)) / count;
        }

        double bits = 8.0 * encode(words, contexts).length / count;

        assertThat(entropy).isBetween(0.13, 0.14);
        assertThat(bits / entropy).isBetween(0.98, 1.06);
    }

    private static double log2(double x) {
        return Math.log(x) / Math.log(2);
    }

    /** One context has words of ten even bits, the other a single word. */
    @Test
    void aWordTakesWhatItsContextLeavesOpen() {
        int count = 1 << 16;
        Random random = new Random(2);
        short[] words = new short[count];
        byte[] contexts = new byte[count];
        for (int i = 0; i < count; i++) {
            contexts[i] = (byte) (i % 2 * 200);
            words[i] = (short) (i % 2 == 0 ? 3 : random.nextInt(1 << 10));
        }
        int size = encode(words, contexts).length;
        // Half of the words have 10 bits, the others none.
        assertThat(size / (count / 2 * 10 / 8.0)).isBetween(1.0, 1.01);
    }

    @Test
    void cutsAndFlippedBitsAreFoundOrGiveOtherWords() {
        Random random = new Random(3);
        short[] words = new short[400];
        byte[] contexts = new byte[400];
        for (int i = 0; i < words.length; i++) {
            contexts[i] = (byte) random.nextInt(3);
            words[i] = (short) (random.nextGaussian() * 300);
        }
        byte[] stream = encode(words, contexts);
        short[] decoded = new short[words.length];
        for (int length = 0; length < stream.length; length++) {
            byte[] cut = Arrays.copyOf(stream, length);
            assertThatThrownBy(() -> decode(cut, contexts, decoded))
                    .isInstanceOf(MalformedFileException.class)
                    .hasMessageContaining("residuals: byte ");
        }
        assertThatThrownBy(
                        () -> decode(Arrays.copyOf(stream, stream.length + 1), contexts, decoded))
                .hasMessageContaining("the open bits end at byte " + (3 + stream.length));
        for (int bit = 0; bit < 8 * stream.length; bit++) {
            byte[] flipped = stream.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            Throwable thrown = catchThrowable(() -> decode(flipped, contexts, decoded));
            if (thrown == null) {
                assertThat(decoded).isNotEqualTo(words);
            } else {
                assertThat(thrown).isInstanceOf(MalformedFileException.class);
            }
        }
    }

    @Test
    void whatAWriterNeverGivesIsRefused() {
        byte[] contexts = new byte[400];
        short[] words = new short[400];
        for (int i = 0; i < words.length; i++) {
            words[i] = (short) (i % 16);
        }
        byte[] stream = encode(words, contexts);
        assertThat(stream[0]).isEqualTo((byte) 4);
        requireMessage(stream, 8, "residuals: byte 3: classes of 8 bits");
        requireMessage(stream, -1, "residuals: byte 3: classes of -1 bits");

        // The same classes in a width that none of them needs, and a class that no word has.
        byte[] classes = new byte[400];
        classes[5] = 7;
        requireMessage(withWidth(classes, 4), "residuals: byte 4: class 7 of 4 bits");
        classes[5] = 112;
        requireMessage(withWidth(classes, 7), "residuals: byte 4: class 112 of 7 bits");
    }

    private static byte[] withWidth(byte[] classes, int width) {
        byte[] code = EntropyCode.encode(classes, classes.length, width);
        byte[] stream = new byte[1 + code.length];
        stream[0] = (byte) width;
        System.arraycopy(code, 0, stream, 1, code.length);
        return stream;
    }

    private static void requireMessage(byte[] stream, int width, String message) {
        byte[] changed = stream.clone();
        changed[0] = (byte) width;
        requireMessage(changed, message);
    }

    private static void requireMessage(byte[] stream, String message) {
        assertThatThrownBy(() -> decode(stream, new byte[400], new short[400]))
                .isInstanceOf(MalformedFileException.class)
                .hasMessage(message);
    }

    private static int[] counts(byte[] contexts) {
        int[] counts = new int[ResidualCode.CONTEXTS];
        for (byte context : contexts) {
            counts[context & 0xFF]++;
        }
        return counts;
    }

    private static byte[] encode(short[] words, byte[] contexts) {
        byte[] open = new byte[2 * words.length + 4];
        var encoder = new ResidualCode.Encoder(counts(contexts), MemorySegment.ofArray(open));
        for (int at = 0; at < words.length; at += PIECE) {
            int count = Math.min(PIECE, words.length - at);
            encoder.add(ints(contexts, at, count), ints(words, at, count), count);
        }
        byte[] classes = encoder.classes();
        long openBytes = encoder.openBits().byteSize();
        byte[] stream = Arrays.copyOf(classes, Math.toIntExact(classes.length + openBytes));
        System.arraycopy(open, 0, stream, classes.length, (int) openBytes);
        return stream;
    }

    /** From the middle of a file, in pieces that are none of the encoder's. */
    private static void decode(byte[] stream, byte[] contexts, short[] words) {
        byte[] file = new byte[3 + stream.length];
        System.arraycopy(stream, 0, file, 3, stream.length);
        var decoder =
                new ResidualCode.Decoder(
                        MemorySegment.ofArray(file), 3, counts(contexts), "residuals");
        int[] piece = new int[PIECE + 1];
        for (int at = 0; at < words.length; at += piece.length) {
            int count = Math.min(piece.length, words.length - at);
            decoder.next(ints(contexts, at, count), piece, count);
            for (int i = 0; i < count; i++) {
                words[at + i] = (short) piece[i];
            }
        }
        decoder.requireEnd();
    }

    private static int[] ints(byte[] bytes, int from, int count) {
        return IntStream.range(from, from + count).map(i -> bytes[i] & 0xFF).toArray();
    }

    private static int[] ints(short[] words, int from, int count) {
        return IntStream.range(from, from + count).map(i -> words[i]).toArray();
    }
}
