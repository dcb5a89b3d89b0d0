package dev.deltapress.checkpoint;

import static dev.deltapress.checkpoint.SafetensorsBytes.bytes;
import static dev.deltapress.checkpoint.SafetensorsBytes.concat;
import static dev.deltapress.checkpoint.SafetensorsBytes.entry;
import static dev.deltapress.checkpoint.SafetensorsBytes.file;
import static dev.deltapress.checkpoint.SafetensorsBytes.refusal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

class HeaderLengthTest {
    private static final String W = "{" + entry("w", "F32", "[2]", 0, 8) + "}";

    @TempDir private Path folder;

    @Test
    void anEmptyFileIsRefused() {
        assertThat(refusal(folder, new byte[0]))
                .isEqualTo("is 0 bytes long, too short for the 8 bytes of the header length");
    }

    @Test
    void sevenBytesAreNoHeaderLength() {
        assertThat(refusal(folder, new byte[7]))
                .isEqualTo("is 7 bytes long, too short for the 8 bytes of the header length");
    }

    @Test
    void aLengthWithoutAHeaderIsRefused() {
        assertThat(refusal(folder, bytes(2)))
                .isEqualTo("header length is 2 bytes, but 0 bytes follow the length");
    }

    @Test
    void aLengthOfZeroLeavesNoHeader() {
        assertThat(refusal(folder, bytes(0))).isEqualTo("header is empty, expected an object");
    }

    @Test
    void aLengthWithHighBytesSetIsTooLarge() {
        assertThat(refusal(folder, bytes(0x3c00_0000_0000_0002L, (byte) '{', (byte) '}')))
                .isEqualTo(
                        "header length is 4323455642275676162 bytes, the format allows at most 100000000");
    }

    @Test
    void aLengthWithTheHighestBitSetIsTooLargeAndNotNegative() {
        assertThat(refusal(folder, bytes(-1L, (byte) '{', (byte) '}')))
                .isEqualTo(
                        "header length is 18446744073709551615 bytes, the format allows at most 100000000");
    }

    @Test
    void aLengthOneAboveTheLimitIsRefusedBeforeTheFileSizeIsLookedAt() {
        assertThat(refusal(folder, bytes(100_000_001L, (byte) '{', (byte) '}')))
                .isEqualTo("header length is 100000001 bytes, the format allows at most 100000000");
    }

    @Test
    void aLengthPatchedTo1000InASmallFileIsRefused() {
        byte[] header = W.getBytes(StandardCharsets.UTF_8);

        assertThat(refusal(folder, bytes(1000, concat(header, new byte[8]))))
                .isEqualTo("header length is 1000 bytes, but 62 bytes follow the length");
    }

    @Test
    void aFileTwoBytesShortIsRefused() {
        assertThat(refusal(folder, file(W, 6)))
                .isEqualTo("tensor 'w': data ends at byte 8, but 6 bytes follow the header");
    }

    @Test
    void aFileCutInsideTheLastTensorIsRefused() {
        assertThat(refusal(folder, file(W, 7)))
                .isEqualTo("tensor 'w': data ends at byte 8, but 7 bytes follow the header");
    }

    @Test
    void bytesAfterTheDataAreRefused() {
        assertThat(refusal(folder, file(W, 9)))
                .isEqualTo("the last tensor ends at byte 8, but 9 bytes follow the header");
    }

    @Test
    void dataWithoutTensorsIsRefused() {
        assertThat(refusal(folder, file("{}", 1)))
                .isEqualTo("the last tensor ends at byte 0, but 1 bytes follow the header");
    }

    @Test
    void everyShorterFormOfAFileIsRefused() {
        byte[] whole = file(W, 8);

        for (int length = 0; length < whole.length; length++) {
            assertThat(refusal(folder, Arrays.copyOf(whole, length))).isNotEmpty();
        }
    }
}
