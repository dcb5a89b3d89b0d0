package dev.deltapress.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

import java.util.Arrays;

class CounterGaussianTest {
    private static final int COUNT = 1 << 20;

    @Test
    void momentsAreThoseOfFourUniformNumbers() {
        float[] numbers = numbers("x", 0, COUNT);

        assertThat(moment(numbers, 1)).isCloseTo(0, within(5e-3));
        assertThat(moment(numbers, 2)).isCloseTo(1, within(5e-3));
        assertThat(moment(numbers, 3)).isCloseTo(0, within(2e-2));
        assertThat(moment(numbers, 4)).isCloseTo(2.7, within(2e-2));
    }

    @Test
    void streamsAndNeighboursAreNotCorrelated() {
        float[] x = numbers("x", 0, COUNT);

        assertThat(correlation(x, numbers("y", 0, COUNT))).isCloseTo(0, within(5e-3));
        for (int lag : new int[] {1, 2, 64, 1024, 4096}) {
            assertThat(correlation(x, numbers("x", lag, COUNT))).isCloseTo(0, within(5e-3));
        }
    }

    @Test
    void everyNumberCanBeHadOnItsOwn() {
        float[] all = numbers("x", 5, 100);

        assertThat(numbers("x", 47, 1)[0]).isEqualTo(all[42]);
        assertThat(numbers("x", 30, 20)).isEqualTo(Arrays.copyOfRange(all, 25, 45));
    }

    @Test
    void seedAndNameMakeTheKey() {
        assertThat(CounterGaussian.key(1, "x")).isNotEqualTo(CounterGaussian.key(2, "x"));
        assertThat(CounterGaussian.key(1, "x")).isNotEqualTo(CounterGaussian.key(1, "y"));
    }

    private static float[] numbers(String stream, long from, int count) {
        float[] numbers = new float[count];
        CounterGaussian.fill(CounterGaussian.key(7, stream), from, 1, numbers, count);
        return numbers;
    }

    private static double moment(float[] x, int order) {
        double sum = 0;
        for (float value : x) {
            sum += Math.pow(value, order);
        }
        return sum / x.length;
    }

    private static double correlation(float[] x, float[] y) {
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            sum += (double) x[i] * y[i];
        }
        return sum / x.length;
    }
}
