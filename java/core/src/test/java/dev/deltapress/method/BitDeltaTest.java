package dev.deltapress.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class BitDeltaTest {

    @Test
    void aMatrixTakesOneBitForEachElement() {
        Encoded encoded = Encoded.of(new BitDelta(8), 96, 320);

        assertThat(encoded.block().byteSize())
                .isEqualTo(8 + 96 * 320 / 8)
                .isEqualTo(new BitDelta(8).leastBytes(96, 320));
    }

    /** E|x|^2 / E x^2 is 2 / pi for a normal distribution, whose tails the spikes lengthen. */
    @Test
    void theErrorIsThatOfTheMeanMagnitude() {
        Encoded encoded = Encoded.of(new BitDelta(8), 128, 128);

        double magnitudes = 0;
        double squares = 0;
        for (float value : encoded.delta()) {
            magnitudes += Math.abs(value);
            squares += (double) value * value;
        }
        double kept = magnitudes * magnitudes / encoded.delta().length / squares;
        assertThat(encoded.relativeSquaredError()).isCloseTo(1 - kept, within(1e-6));
        assertThat(kept).isBetween(0.5, 2 / Math.PI);
    }

    @Test
    void aDeltaOfZerosStaysZero() {
        Encoded encoded = Encoded.of(new BitDelta(8), 64, 64, new float[64 * 64], 8 + 64 * 8);

        assertThat(encoded.block().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE))
                .containsOnly(0);
    }
}
