package dev.deltapress.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import picocli.CommandLine.TypeConversionException;

class TextTest {

    @ParameterizedTest
    @CsvSource({
        "0, 0 B",
        "999, 999 B",
        "1000, 1.00 kB",
        "9994, 9.99 kB",
        "9996, 10.0 kB",
        "999499, 999 kB",
        "999500, 1.00 MB",
        "66800000, 66.8 MB",
        "13500000000, 13.5 GB",
        "9223372036854775807, 9.22 EB"
    })
    void bytesHaveThreeDigits(long bytes, String text) {
        assertThat(Text.bytes(bytes)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"0.04, 0.0 s", "9.94, 9.9 s", "75.2, 75 s", "720, 12 min", "12600, 3.5 h"})
    void secondsBecomeMinutesAndHours(double seconds, String text) {
        assertThat(Text.seconds(seconds)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1",
        "512k, 524288",
        "1500m, 1572864000",
        "2g, 2147483648",
        "2G, 2147483648",
        "2GiB, 2147483648",
        "2gb, 2147483648",
        "1.5g, 1610612736",
        "8388607t, 9223370937343148032"
    })
    void sizesHaveUnits(String text, long bytes) {
        assertThat(new ByteSize().convert(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "g", "-1g", "0", "0.1", "2 g", "1e3", "2x", "8388608t", "١g"})
    void otherSizesAreRefused(String text) {
        assertThat(assertThrows(TypeConversionException.class, () -> new ByteSize().convert(text)))
                .hasMessage("expected a size above 0 such as 2g or 1500m, found '%s'", text);
    }
}
