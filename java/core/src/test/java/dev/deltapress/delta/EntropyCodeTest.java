package dev.deltapress.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.deltapress.MalformedFileException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;

class EntropyCodeTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void codesComeBack(int bits) {
        Random random = new Random(bits);
        int chunk = EntropyCode.CHUNK;
        for (int count : new int[] {0, 1, 3, 4, 5, 1021, chunk - 1, chunk, 2 * chunk + 1}) {
            byte[] even = new byte[count];
            random.nextBytes(even);
            requireRoundTrip(even, bits);
            requireRoundTrip(gaussian(count, bits, random), bits);
            byte[] skewed = new byte[count];
            for (int i = 0; i < count; i += 1 + random.nextInt(2000)) {
                skewed[i] = (byte) random.nextInt(1 << bits);
            }
            requireRoundTrip(skewed, bits);
            Arrays.fill(even, (byte) ((1 << bits) - 1));
            requireRoundTrip(even, bits);
        }
    }

    private static void requireRoundTrip(byte[] codes, int bits) {
        byte[] stream = EntropyCode.encode(codes, codes.length, bits);
        EntropyCode read = read(stream, codes.length, bits);
        byte[] decoded = new byte[codes.length];
        read.decode(decoded);

        assertThat(read.byteSize()).isEqualTo(stream.length);
        for (int i = 0; i < codes.length; i++) {
            codes[i] &= (byte) ((1 << bits) - 1);
        }
        assertThat(Arrays.equals(decoded, codes)).isTrue();
        assertThat(EntropyCode.encode(codes, codes.length, bits)).isEqualTo(stream);
    }

    /** Uniform steps from -3 to 3 deviations. */
    private static byte[] gaussian(int count, int bits, Random random) {
        byte[] codes = new byte[count];
        for (int i = 0; i < count; i++) {
            double level = (random.nextGaussian() + 3) / 6 * (1 << bits);
            codes[i] = (byte) Math.clamp((int) level, 0, (1 << bits) - 1);
        }
        return codes;
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 8})
    void theSizeIsWithinAPercentOfTheEntropy(int bits) {
        int count = 100_000;
        byte[] codes = gaussian(count, bits, new Random(bits));
        int[] occurrences = new int[256];
        for (byte code : codes) {
            occurrences[code & 0xFF]++;
        }
        double entropyBits = 0;
        for (int n : occurrences) {
            if (n > 0) {
                entropyBits -= n * Math.log((double) n / count) / Math.log(2);
            }
        }
        double streamBits = 8.0 * EntropyCode.encode(codes, count, bits).length;
        assertThat(streamBits).isBetween(entropyBits, 1.01 * entropyBits);
    }

    @Test
    void aConstantTakesTheTableAndTheStates() {
        byte[] codes = new byte[EntropyCode.CHUNK];
        assertThat(EntropyCode.encode(codes, codes.length, 2)).hasSize(2 + 3 + 2 + 16);
    }

    @Test
    void chunksDecodeOnTheirOwnFromTheMiddleOfAFile() {
        int count = 3 * EntropyCode.CHUNK + 7;
        byte[] codes = gaussian(count, 3, new Random(1));
        byte[] stream = EntropyCode.encode(codes, count, 3);
        byte[] file = new byte[stream.length + 20];
        System.arraycopy(stream, 0, file, 9, stream.length);

        EntropyCode read = EntropyCode.read(MemorySegment.ofArray(file), 9, count, 3, "file");
        byte[] decoded = new byte[count];
        for (int chunk = read.chunks() - 1; chunk >= 0; chunk--) {
            read.decodeChunk(chunk, decoded, chunk * EntropyCode.CHUNK);
        }

        assertThat(read.chunks()).isEqualTo(4);
        assertThat(read.byteSize()).isEqualTo(stream.length);
        assertThat(Arrays.equals(decoded, codes)).isTrue();
    }

    @Test
    void everyCutIsFound() {
        byte[] codes = gaussian(300, 4, new Random(2));
        byte[] stream = EntropyCode.encode(codes, 300, 4);
        for (int length = 0; length < stream.length; length++) {
            byte[] cut = Arrays.copyOf(stream, length);
            assertThatThrownBy(() -> read(cut, 300, 4))
                    .isInstanceOf(MalformedFileException.class)
                    .hasMessageContaining("stream: byte ");
        }
    }

    @Test
    void flippedBitsAreFoundOrGiveOtherCodes() {
        int count = 200;
        byte[] codes = gaussian(count, 4, new Random(3));
        byte[] stream = EntropyCode.encode(codes, count, 4);
        int found = 0;
        for (int bit = 0; bit < 8 * stream.length; bit++) {
            byte[] flipped = stream.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            byte[] decoded = new byte[count];
            Throwable thrown = catchThrowable(() -> read(flipped, count, 4).decode(decoded));
            if (thrown == null) {
                assertThat(decoded).isNotEqualTo(codes);
            } else {
                found++;
                assertThat(thrown).isInstanceOf(MalformedFileException.class);
            }
        }
        // Four states and a length must all come out right: chance does not do that.
        assertThat(found).isEqualTo(8 * stream.length);
    }

    @Test
    void noiseIsRefused() {
        Random random = new Random(4);
        byte[] table = {(byte) 0x80, 16, (byte) 0x80, 16};
        for (int round = 0; round < 2000; round++) {
            byte[] noise = new byte[random.nextInt(200)];
            random.nextBytes(noise);
            if (noise.length >= 8 && round % 2 == 0) {
                System.arraycopy(table, 0, noise, 0, 4);
                noise[4] = (byte) random.nextInt(90);
                noise[5] = 0;
            }
            int count = 1 + random.nextInt(EntropyCode.CHUNK);
            assertThatThrownBy(() -> read(noise, count, 1).decode(new byte[count]))
                    .isInstanceOf(MalformedFileException.class);
        }
    }

    @Test
    void errorsNameTheByte() {
        byte[] stream = EntropyCode.encode(new byte[] {0, 1, 1, 0}, 4, 1);
        assertThat(stream).hasSize(4 + 2 + 16);
        requireMessage(stream, 1, 15, "stream: byte 0: frequencies add up to 3968 only");
        requireMessage(stream, 1, 0, "stream: byte 1: a frequency is longer than it need be");
        requireMessage(stream, 3, 17, "stream: byte 2: frequencies add up to more than 4096");
        requireMessage(stream, 4, 1, "stream: byte 4: chunk of 1 words is cut");
        requireMessage(stream, 8, 0, "stream: byte 6: state ");
        requireMessage(stream, 7, 99, "stream: byte 6: a chunk that ends in state ");
        assertThatThrownBy(() -> read(Arrays.copyOf(stream, 5), 4, 1))
                .hasMessage("stream: byte 4: the lengths of 1 chunks are cut");
    }

    private static void requireMessage(byte[] stream, int at, int value, String message) {
        byte[] changed = stream.clone();
        changed[at] = (byte) value;
        assertThatThrownBy(() -> read(changed, 4, 1).decode(new byte[4]))
                .isInstanceOf(MalformedFileException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void moreChunksThanThereAreBytesAreRefusedBeforeTheyAreRead() {
        byte[] stream = EntropyCode.encode(new byte[] {0, 1}, 2, 1);
        assertThatThrownBy(() -> read(stream, Integer.MAX_VALUE, 1))
                .hasMessage("stream: byte 4: the lengths of 32768 chunks are cut");
    }

    @Test
    void widthsAreOneToEight() {
        for (int bits : new int[] {0, 9}) {
            assertThatThrownBy(() -> EntropyCode.encode(new byte[1], 1, bits))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> read(new byte[50], 1, bits))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    private static EntropyCode read(byte[] stream, int count, int bits) {
        return EntropyCode.read(MemorySegment.ofArray(stream), 0, count, bits, "stream");
    }
}
