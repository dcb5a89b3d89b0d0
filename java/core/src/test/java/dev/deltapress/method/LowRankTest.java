package dev.deltapress.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.deltapress.delta.BitGroup;
import dev.deltapress.delta.FactorBlock;

import org.ejml.simple.SimpleMatrix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LowRankTest {

    @ParameterizedTest(name = "{0} x {1} at {2}: {3} components")
    @CsvSource({"128, 128, 8, 7", "96, 320, 8, 9", "320, 96, 32, 2", "64, 512, 4, 14"})
    void asManyComponentsAsTheBudgetPaysForAreKept(int rows, int columns, double ratio, int rank) {
        Encoded encoded = Encoded.of(new LowRank(ratio), rows, columns);

        // 8 bytes, the group and its table of f16: 20 and 2 a component; values of 2 bytes.
        long budget = (long) (2.0 * rows * columns / ratio);
        long oneMore = 20 + (rank + 1) * (2 + 2L * (rows + columns));
        FactorBlock header = encoded.header();
        assertThat(header.groups()).containsExactly(BitGroup.half(rank));
        assertThat(oneMore).isGreaterThan(budget);
        assertThat(encoded.block().byteSize())
                .isEqualTo(oneMore - 2 - 2L * (rows + columns))
                .isLessThanOrEqualTo(budget);
    }

    @Test
    void theErrorIsWhatTheTruncatedSvdLeaves() {
        int side = 128;
        Encoded encoded = Encoded.of(new LowRank(8), side, side);

        SimpleMatrix delta = new SimpleMatrix(side, side);
        for (int i = 0; i < side * side; i++) {
            delta.set(i / side, i % side, encoded.delta()[i]);
        }
        double[] s = delta.svd().getSingularValues();
        double all = 0;
        double left = 0;
        for (int k = 0; k < side; k++) {
            all += s[k] * s[k];
            left += k < encoded.header().rank() ? 0 : s[k] * s[k];
        }

        // f16 values are off by 2^-12 in the mean at most, multipliers by 2^-11 of the whole.
        assertThat(encoded.relativeSquaredError()).isCloseTo(left / all, within(0x1p-20));
    }

    @Test
    void leastBytesAreThoseOfOneComponent() {
        long least = new LowRank(8).leastBytes(30, 50);
        float[] delta = Encoded.spiked(30, 50);

        Encoded encoded = Encoded.of(new LowRank(8), 30, 50, delta, least);

        assertThat(encoded.header().rank()).isEqualTo(1);
        assertThat(encoded.block().byteSize()).isEqualTo(least);
        assertThat(Encoded.of(new LowRank(8), 30, 50, delta, least - 1).header().rank()).isZero();
    }

    @Test
    void componentsBelowTheNoiseOfTheDeltaAreNotKept() {
        float[] delta = new float[64 * 64];
        for (int i = 0; i < delta.length; i++) {
            delta[i] = (i / 64 % 7 - 3) * (i % 64 % 5 - 2);
        }

        assertThat(Encoded.of(new LowRank(8), 64, 64, delta, 1024).header().rank()).isEqualTo(1);
        float[] none = new float[64 * 64];
        assertThat(Encoded.of(new LowRank(8), 64, 64, none, 1024).header().rank()).isZero();
    }
}
