package dev.deltapress.delta;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Arrays;
import java.util.stream.Collectors;

class Philox4x32Test {

    @ParameterizedTest(name = "counter {0}, key {1}")
    @CsvSource({
        "00000000 00000000 00000000 00000000, 00000000 00000000, 6627e8d5 e169c58d bc57ac4c 9b00dbd8",
        "ffffffff ffffffff ffffffff ffffffff, ffffffff ffffffff, 408f276d 41c83b0e a20bc7c6 6d5451fd",
        "243f6a88 85a308d3 13198a2e 03707344, a4093822 299f31d0, d16cfe09 94fdcceb 5001e420 24126ea1"
    })
    void drawsThePublishedKnownAnswers(String counter, String key, String words) {
        int[] c = words(counter);
        int[] k = words(key);
        int[] drawn = new int[4];

        Philox4x32.draw(c[0], c[1], c[2], c[3], k[0], k[1], drawn, 0);

        assertThat(
                        Arrays.stream(drawn)
                                .mapToObj("%08x"::formatted)
                                .collect(Collectors.joining(" ")))
                .isEqualTo(words);
    }

    private static int[] words(String hex) {
        return Arrays.stream(hex.split(" "))
                .mapToInt(w -> Integer.parseUnsignedInt(w, 16))
                .toArray();
    }
}
