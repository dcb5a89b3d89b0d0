package dev.deltapress.method;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deltapress.delta.MaskKey;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.function.LongUnaryOperator;

class RateFitTest {
    private int tries;

    @Test
    void bytesComeCloseToTheBudgetInFewTries() {
        Random random = new Random(1);
        for (int round = 0; round < 300; round++) {
            double slope = 1000 * Math.pow(2, 10 * random.nextDouble());
            double bend = 0.5 + random.nextDouble();
            LongUnaryOperator bytes = rate -> 20 + (long) (slope * Math.pow(rate * 0x1p-32, bend));
            long budget = 200 + (long) (slope * random.nextDouble() * 0.8);

            long found = fit(random.nextDouble(), budget, bytes);

            long best = Math.min(budget, bytes.applyAsLong(MaskKey.KEEP_ALL));
            assertThat(found).isLessThanOrEqualTo(budget);
            assertThat(best - found).isLessThanOrEqualTo(Math.max(1, budget / 256));
            assertThat(tries).isLessThanOrEqualTo(20);
        }
    }

    @Test
    void stepsAreFoundByHalving() {
        long step = 1234567890L;

        long found = fit(0.01, 500, rate -> rate < step ? 100 : rate == step ? 490 : 900);

        assertThat(found).isEqualTo(490);
        assertThat(tries).isLessThanOrEqualTo(60);
    }

    @Test
    void whatFitsWholeIsKeptWhole() {
        assertThat(fit(1.7, 500, rate -> rate >>> 24)).isEqualTo(256);
        assertThat(fit(0.001, 500, rate -> rate >>> 24)).isEqualTo(256);
    }

    @Test
    void whereNothingFitsTheLeastIsTried() {
        assertThat(fit(0.5, 20, rate -> 20 + Math.min(rate - 1, 50))).isEqualTo(20);
    }

    private long fit(double guess, long budget, LongUnaryOperator bytes) {
        tries = 0;
        return RateFit.fit(
                        guess * MaskKey.KEEP_ALL,
                        budget,
                        20,
                        rate -> {
                            tries++;
                            assertThat(rate).isBetween(1L, MaskKey.KEEP_ALL);
                            int size = Math.toIntExact(bytes.applyAsLong(rate));
                            return MemorySegment.ofArray(new byte[size]);
                        })
                .byteSize();
    }
}
