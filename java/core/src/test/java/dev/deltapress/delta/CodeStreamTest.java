package dev.deltapress.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;

class CodeStreamTest {

    @Test
    void theFirstCodeTakesTheLowestBits() {
        byte[] codes = {1, 2, 3, 4, 5};
        byte[] packed = new byte[4];

        CodeStream.pack(codes, 5, 3, MemorySegment.ofArray(packed), 1);

        // 101 100 011 010 001, read from the right.
        assertThat(packed).containsExactly(0, 0b11010001, 0b01011000, 0);
    }

    @Test
    void bitsAboveTheWidthAreIgnored() {
        byte[] packed = new byte[1];
        CodeStream.pack(new byte[] {(byte) 0xFE, 0x7F}, 2, 1, MemorySegment.ofArray(packed), 0);
        assertThat(packed).containsExactly(0b10);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void codesComeBackAndNothingIsWrittenBehindThem(int bits) {
        for (int count : new int[] {0, 1, 7, 8, 9, 1021}) {
            byte[] codes = new byte[count];
            new Random(bits).nextBytes(codes);
            int size = (int) CodeStream.byteSize(count, bits);
            byte[] packed = new byte[size + 1];
            packed[size] = 42;

            CodeStream.pack(codes, count, bits, MemorySegment.ofArray(packed), 0);
            byte[] unpacked = new byte[count];
            CodeStream.unpack(MemorySegment.ofArray(packed), 0, count, bits, unpacked);

            assertThat(packed[size]).isEqualTo((byte) 42);
            for (int i = 0; i < count; i++) {
                codes[i] &= (byte) ((1 << bits) - 1);
            }
            assertThat(Arrays.equals(unpacked, codes)).isTrue();
        }
    }

    @Test
    void widthsAreOneToEight() {
        MemorySegment none = MemorySegment.ofArray(new byte[0]);
        for (int bits : new int[] {0, 9}) {
            assertThatThrownBy(() -> CodeStream.pack(new byte[0], 0, bits, none, 0))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
    }
}
