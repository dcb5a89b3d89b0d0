package dev.deltapress.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GridTest {
    /** Positive levels of J. Max, "Quantizing for minimum distortion" (1960), table I. */
    private static final double[][] MAX = {
        {0.7980},
        {0.4528, 1.510},
        {0.2451, 0.7560, 1.344, 2.152},
        {0.1284, 0.3881, 0.6568, 0.9424, 1.256, 1.618, 2.069, 2.733}
    };

    /** Steps of his table II, for 2, 4, 8, 16 and 32 levels. */
    private static final double[] MAX_STEPS = {1.596, 0.9957, 0.5860, 0.3352, 0.1881};

    @Test
    void theNormalDistributionIsTheOneThatOthersKnow() {
        // scipy.stats.norm.cdf, 1.14
        assertThat(cdf(-3)).isCloseTo(0.0013498980316300933, within(1e-15));
        assertThat(cdf(0.5)).isCloseTo(0.6914624612740131, within(1e-15));
        assertThat(cdf(1.96)).isCloseTo(0.9750021048517795, within(1e-15));
    }

    @ParameterizedTest(name = "{0} bits")
    @ValueSource(ints = {1, 2, 3, 4})
    void gaussianLevelsAreWhereLloydsIterationEnds(int bits) {
        float[] levels = Grid.GAUSSIAN.codebook(bits).levels();
        double[] x = new double[1 << bits];
        for (int i = 0; i < x.length; i++) {
            x[i] = 4.0 * (i + 0.5) / x.length - 2;
        }
        double moved = 1;
        while (moved > 1e-14) {
            moved = 0;
            double[] edges = edges(x);
            for (int i = 0; i < x.length; i++) {
                double mean =
                        (density(edges[i]) - density(edges[i + 1]))
                                / (cdf(edges[i + 1]) - cdf(edges[i]));
                moved = Math.max(moved, Math.abs(mean - x[i]));
                x[i] = mean;
            }
        }
        for (int i = 0; i < x.length; i++) {
            assertThat((double) levels[i]).isCloseTo(x[i], within(1.2e-7 * Math.abs(x[i])));
        }
        for (int i = 0; i < x.length / 2; i++) {
            double published = MAX[bits - 1][i];
            assertThat((double) levels[x.length / 2 + i]).isCloseTo(published, within(6e-4));
        }
    }

    /** The derivative of the mean squared error by the scale is 0. */
    @ParameterizedTest(name = "{0} bits")
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void theStepsOfSymmetricGridsAreBestForANormalDistribution(int bits) {
        double step = Grid.SYMMETRIC.normalScale(bits);
        float[] levels = Grid.SYMMETRIC.codebook(bits).levels();
        double[] x = new double[levels.length];
        for (int i = 0; i < x.length; i++) {
            x[i] = step * levels[i];
        }
        double[] edges = edges(x);
        double products = 0;
        double squares = 0;
        for (int i = 0; i < x.length; i++) {
            products += x[i] * (density(edges[i]) - density(edges[i + 1]));
            squares += x[i] * x[i] * (cdf(edges[i + 1]) - cdf(edges[i]));
        }
        assertThat(products).isCloseTo(squares, within(1e-9));
        if (bits <= MAX_STEPS.length) {
            assertThat(step).isCloseTo(MAX_STEPS[bits - 1], within(5e-4));
        }
    }

    @Test
    void symmetricGridsAreEvenAroundZeroAndOneBitIsTheSign() {
        Codebook two = Grid.SYMMETRIC.codebook(2);
        assertThat(two.levels()).containsExactly(-1.5f, -0.5f, 0.5f, 1.5f);
        assertThat(two.boundaries()).containsExactly(-1, 0, 1);
        Codebook sign = Grid.SYMMETRIC.codebook(1);
        assertThat(sign.levels()).containsExactly(-0.5f, 0.5f);
        assertThat(sign.encode(Float.MIN_VALUE, 1)).isOne();
        assertThat(sign.encode(-Float.MIN_VALUE, 1)).isZero();
        assertThat(Grid.SYMMETRIC.codebook(8).levels()).hasSize(256).startsWith(-127.5f);
    }

    @Test
    void bitsThatAGridHasNotAreRefused() {
        assertThat(Grid.SYMMETRIC.hasBits(8, 16)).isTrue();
        assertThat(Grid.SYMMETRIC.hasBits(16, 16)).isFalse();
        assertThat(Grid.SYMMETRIC.hasBits(9, 1)).isFalse();
        assertThat(Grid.GAUSSIAN.hasBits(5, 4)).isFalse();
        assertThat(Grid.HALF.hasBits(16, 8)).isFalse();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Grid.GAUSSIAN.codebook(5))
                .withMessage("GAUSSIAN codes of 5 bits");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BitGroup.of(3, Grid.GAUSSIAN, 5))
                .withMessage("a group of 3 components, GAUSSIAN of 5 and 5 bits");
    }

    /** The ends of cells: the middle between levels, and infinity. */
    private static double[] edges(double[] x) {
        double[] edges = new double[x.length + 1];
        edges[0] = Double.NEGATIVE_INFINITY;
        edges[x.length] = Double.POSITIVE_INFINITY;
        for (int i = 1; i < x.length; i++) {
            edges[i] = (x[i - 1] + x[i]) / 2;
        }
        return edges;
    }

    private static double density(double x) {
        return Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
    }

    /** Of the normal distribution, by its Taylor series (Marsaglia, 2004). */
    private static double cdf(double x) {
        if (Math.abs(x) > 8) {
            return x > 0 ? 1 : 0;
        }
        double sum = x;
        double term = x;
        for (int i = 3; sum + term != sum; i += 2) {
            term *= x * x / i;
            sum += term;
        }
        return 0.5 + sum * density(x);
    }
}
