package dev.deltapress.checkpoint;

import static dev.deltapress.checkpoint.SafetensorsBytes.entry;
import static dev.deltapress.checkpoint.SafetensorsBytes.file;
import static dev.deltapress.checkpoint.SafetensorsBytes.refusal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Headers that are well-formed, but whose numbers do not fit each other or the file. */
class HeaderCoverageTest {
    @TempDir private Path folder;

    private static String header(int count, IntFunction<String> entry) {
        return IntStream.range(0, count).mapToObj(entry).collect(Collectors.joining(",", "{", "}"));
    }

    @Test
    void tenTensorsOnTheSameBytesAreRefused() {
        String header = header(10, i -> entry("t" + i, "F32", "[2]", 0, 8));

        assertThat(refusal(folder, file(header, 8)))
                .isEqualTo(
                        "tensor 't1': data begins at byte 0, but the tensors before it end at byte 8 (overlap)");
    }

    @Test
    void aHoleBetweenTensorsIsRefused() {
        String header =
                "{" + entry("a", "U8", "[4]", 0, 4) + "," + entry("b", "U8", "[3]", 5, 8) + "}";

        assertThat(refusal(folder, file(header, 8)))
                .isEqualTo(
                        "tensor 'b': data begins at byte 5, but the tensors before it end at byte 4 (hole)");
    }

    @Test
    void aHoleBeforeTheFirstTensorIsRefused() {
        assertThat(refusal(folder, file("{" + entry("a", "U8", "[4]", 1, 5) + "}", 5)))
                .isEqualTo(
                        "tensor 'a': data begins at byte 1, but the tensors before it end at byte 0 (hole)");
    }

    @Test
    void aTensorWithoutBytesInsideAnotherIsRefused() {
        String header =
                "{" + entry("a", "U8", "[4]", 0, 4) + "," + entry("z", "U8", "[0]", 2, 2) + "}";

        assertThat(refusal(folder, file(header, 4)))
                .isEqualTo(
                        "tensor 'z': data begins at byte 2, but the tensors before it end at byte 4 (overlap)");
    }

    @Test
    void offsetsShorterThanTheShapeAreRefused() {
        assertThat(refusal(folder, file("{" + entry("w", "F32", "[2,2]", 0, 4) + "}", 4)))
                .isEqualTo("tensor 'w': F32 [2,2] takes 16 bytes, but data_offsets [0,4] hold 4");
    }

    @Test
    void offsetsLongerThanTheShapeAreRefused() {
        assertThat(refusal(folder, file("{" + entry("w", "BF16", "[]", 0, 4) + "}", 4)))
                .isEqualTo("tensor 'w': BF16 [] takes 2 bytes, but data_offsets [0,4] hold 4");
    }

    @Test
    void anEndBeforeItsBeginIsRefused() {
        assertThat(refusal(folder, file("{" + entry("w", "U8", "[4]", 4, 0) + "}", 4)))
                .isEqualTo("tensor 'w': data begins at byte 4, after its end at byte 0");
    }

    @Test
    void aShapeWhoseProductOverflowsIsRefused() {
        String shape = "[4294967296,4294967296]";

        assertThat(refusal(folder, file("{" + entry("w", "U8", shape, 0, 0) + "}", 0)))
                .startsWith("tensor 'w': U8 [4294967296,4294967296] has no size in bytes");
    }

    @Test
    void anElementCountTimesWidthThatOverflowsIsRefused() {
        assertThat(
                        refusal(
                                folder,
                                file(
                                        "{"
                                                + entry("w", "F64", "[1152921504606846977]", 0, 8)
                                                + "}",
                                        8)))
                .startsWith("tensor 'w': F64 [1152921504606846977] has no size in bytes");
    }

    @Test
    void anOddNumberOfHalfBytesIsRefused() {
        assertThat(refusal(folder, file("{" + entry("w", "F4", "[3]", 0, 2) + "}", 2)))
                .isEqualTo(
                        "tensor 'w': F4 [3] has no size in bytes (12 bits are no whole number of bytes)");
    }

    @Test
    void aHundredThousandTensorsOnOneRangeAreRefusedInBoundedTime() {
        String header = header(100_000, i -> entry("t" + i, "F32", "[2]", 0, 8));
        byte[] bytes = file(header, 8);

        assertTimeout(
                Duration.ofSeconds(5),
                () -> assertThat(refusal(folder, bytes)).endsWith("(overlap)"));
    }

    @Test
    void aMillionTensorsWithoutBytesAreReadInBoundedTime() {
        String header = header(1_000_000, i -> entry("t" + i, "F32", "[0]", 0, 0));
        byte[] bytes = file(header, 0);

        assertTimeout(
                Duration.ofSeconds(10),
                () -> {
                    try (SafetensorsFile open = SafetensorsBytes.open(folder, bytes)) {
                        assertThat(open.header().tensors()).hasSize(1_000_000);
                    }
                });
    }
}
