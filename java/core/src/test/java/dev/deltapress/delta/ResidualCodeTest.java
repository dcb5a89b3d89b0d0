package dev.deltapress.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.deltapress.MalformedFileException;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;

class ResidualCodeTest {

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
        byte[] stream = ResidualCode.encode(words, contexts, words.length);
        short[] decoded = new short[words.length];
        decode(stream, contexts, decoded);
        assertThat(Arrays.equals(decoded, words)).isTrue();
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
        int size = ResidualCode.encode(words, contexts, count).length;
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
        byte[] stream = ResidualCode.encode(words, contexts, words.length);
        short[] decoded = new short[words.length];
        for (int length = 0; length < stream.length; length++) {
            byte[] cut = Arrays.copyOf(stream, length);
            assertThatThrownBy(() -> decode(cut, contexts, decoded))
                    .isInstanceOf(MalformedFileException.class)
                    .hasMessageContaining("residuals: byte ");
        }
        assertThatThrownBy(
                        () -> decode(Arrays.copyOf(stream, stream.length + 1), contexts, decoded))
                .hasMessageContaining("the stream must have " + stream.length + " bytes, found");
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

    private static void decode(byte[] stream, byte[] contexts, short[] words) {
        ResidualCode.decode(
                MemorySegment.ofArray(stream), contexts, words, words.length, "residuals");
    }
}
