package dev.deltapress.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UltraDeltaTest {

    @ParameterizedTest(name = "gamma {0}")
    @CsvSource({"1", "0.6"})
    void ofEachCodeTheSamePartIsKept(double gamma) {
        int rows = 200;
        int columns = 300;
        Encoded encoded = Encoded.of(new UltraDelta(24, 4, 0.01, gamma), rows, columns);
        float[] delta = encoded.delta();
        float least = Float.POSITIVE_INFINITY;
        float most = Float.NEGATIVE_INFINITY;
        for (float value : delta) {
            least = Math.min(least, value);
            most = Math.max(most, value);
        }
        double step = ((double) most - least) / 15;
        double part = (double) DropsTest.word(encoded, 4) / delta.length;
        assertThat(part).isBetween(0.06, 0.16);

        float[] decoded = DropsTest.decoded(encoded);
        int[] occurrences = new int[16];
        int[] kept = new int[16];
        for (int i = 0; i < delta.length; i++) {
            int code = (int) Math.rint((delta[i] - least) / step);
            occurrences[code]++;
            if (decoded[i] != 0) {
                kept[code]++;
                double value = (least + code * step) * gamma / part;
                // A value halfway between two levels may go either way.
                assertThat((double) decoded[i]).isCloseTo(value, within(1e-3 * step / part));
            }
        }
        for (int code = 0; code < 16; code++) {
            assertThat((double) kept[code]).isCloseTo(part * occurrences[code], within(1.0));
        }
    }

    /** Sparsity and ratio as the paper counts them in its tables. */
    @ParameterizedTest
    @CsvSource({"50.9, 0.03", "32.9, 0.05", "132.5, 0.01"})
    void densityIsThatOfThePaper(double ratio, double density) {
        assertThat(new MixedSparsity(ratio, 4, 0.01).density())
                .isCloseTo(density, within(0.002 * density));
    }

    @Test
    void thirdsOfTheParametersGetDifferentDensities() {
        MixedSparsity sharing = new MixedSparsity(50.9, 4, 0.01);

        double[] weights =
                sharing.weights(
                        new double[] {5, 1, 2, 4, 3, 0}, new long[] {300, 100, 200, 10, 320, 1});

        // Bits of an entry at densities 0.02, 0.03 and 0.04, worked by hand.
        double sparse = 0.08 + 0.14144;
        double middle = 0.12 + 0.19439;
        double dense = 0.16 + 0.24229;
        double[] expected = {dense, sparse, sparse, dense, middle, sparse};
        for (int i = 0; i < expected.length; i++) {
            assertThat(weights[i]).isCloseTo(expected[i], within(2e-3 * expected[i]));
        }
    }

    @Test
    void nobodyIsKeptMoreSparselyThanThePaperAllows() {
        double[] deviations = {1, 2, 3};
        long[] entries = {10, 10, 10};

        double[] weights = new MixedSparsity(50.9, 4, 0.5).weights(deviations, entries);
        assertThat(weights[0]).isCloseTo(16 / 132.5, within(1e-3));
        // Where one hundredth is more than there is, nobody gets less than the middle.
        double[] scarce = new MixedSparsity(300, 4, 0.01).weights(deviations, entries);
        assertThat(scarce[0]).isEqualTo(scarce[1]).isLessThan(scarce[2]);
    }
}
