package dev.deltapress.delta;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deltapress.linalg.Matrix;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.Arena;
import java.util.Random;

class ScaleSearchTest {
    private static final int ENTRIES = 700;
    private static final int[] DRAWS = new Random(9).ints(ENTRIES).toArray();

    /** The loss against the best of 2000 scales, in percent of the squared error. */
    @ParameterizedTest(name = "{0} of {1} bits")
    @CsvSource({
        "SYMMETRIC, 1, 0.2",
        "SYMMETRIC, 2, 0.3",
        "SYMMETRIC, 3, 0.5",
        "SYMMETRIC, 4, 0.7",
        "SYMMETRIC, 5, 1.5",
        "SYMMETRIC, 6, 3",
        "SYMMETRIC, 7, 6",
        "SYMMETRIC, 8, 12",
        "GAUSSIAN, 1, 0.2",
        "GAUSSIAN, 2, 0.3",
        "GAUSSIAN, 3, 0.5",
        "GAUSSIAN, 4, 1.5"
    })
    void theErrorIsNearThatOfTheBestOfManyScales(Grid grid, int bits, double percent) {
        Codebook book = grid.codebook(bits);
        for (Tail tail : Tail.values()) {
            float[] x = tail.sample();
            for (long threshold : new long[] {MaskKey.KEEP_ALL, MaskKey.KEEP_ALL / 3}) {
                double least = Double.POSITIVE_INFINITY;
                for (int i = 1; i <= 2000; i++) {
                    float scale = (float) (i / 2000.0 * 3 * 4 * 4 / (1 << bits));
                    least = Math.min(least, error(book, x, scale, threshold));
                }
                float found = find(grid, book, x, threshold);

                assertThat(error(book, x, found, threshold))
                        .as("%s, threshold %d", tail, threshold)
                        .isLessThanOrEqualTo(least * (1 + tail.times * percent / 100));
            }
        }
    }

    private enum Tail {
        NORMAL(1) {
            @Override
            double next(Random random) {
                return random.nextGaussian();
            }
        },
        /** Ends abruptly: the least error is a narrow dip. */
        UNIFORM(4) {
            @Override
            double next(Random random) {
                return 4 * random.nextDouble() - 2;
            }
        },
        LAPLACE(1) {
            @Override
            double next(Random random) {
                double exponential = -Math.log(1 - random.nextDouble());
                return random.nextBoolean() ? exponential : -exponential;
            }
        };

        private final int times;

        Tail(int times) {
            this.times = times;
        }

        abstract double next(Random random);

        float[] sample() {
            Random random = new Random(4);
            float[] x = new float[ENTRIES];
            for (int i = 0; i < x.length; i++) {
                x[i] = (float) next(random);
            }
            return x;
        }
    }

    @Test
    void theScaleOfSignsIsTwiceTheMeanMagnitude() {
        float[] x = Tail.NORMAL.sample();
        double sum = 0;
        for (float value : x) {
            sum += Math.abs(value);
        }
        Codebook book = Grid.SYMMETRIC.codebook(1);
        double least = error(book, x, (float) (2 * sum / ENTRIES), MaskKey.KEEP_ALL);

        float found = find(Grid.SYMMETRIC, book, x, MaskKey.KEEP_ALL);

        assertThat(error(book, x, found, MaskKey.KEEP_ALL)).isBetween(least, least * 1.002);
    }

    @Test
    void onlySurvivorsCountAndNoneOfThemGivesZero() {
        Codebook book = Grid.SYMMETRIC.codebook(4);
        float[] x = Tail.NORMAL.sample();
        float[] others = x.clone();
        for (int i = 0; i < ENTRIES; i++) {
            others[i] = MaskKey.survives(DRAWS[i], 1L << 30) ? x[i] : 1e6f;
        }

        assertThat(find(Grid.SYMMETRIC, book, others, 1L << 30))
                .isEqualTo(find(Grid.SYMMETRIC, book, x, 1L << 30))
                .isPositive();
        assertThat(find(Grid.SYMMETRIC, book, x, 1)).isZero();
        assertThat(find(Grid.SYMMETRIC, book, new float[ENTRIES], MaskKey.KEEP_ALL)).isZero();
    }

    private static float find(Grid grid, Codebook book, float[] x, long threshold) {
        try (Arena arena = Arena.ofConfined()) {
            Matrix factor = Matrix.copyOf(arena, 1, ENTRIES, x);
            return new ComponentScale(ENTRIES).find(grid, book, factor, 0, DRAWS, threshold);
        }
    }

    private static double error(Codebook book, float[] x, float scale, long threshold) {
        double error = 0;
        for (int i = 0; i < ENTRIES; i++) {
            if (MaskKey.survives(DRAWS[i], threshold)) {
                double difference = book.decode(book.encode(x[i], scale), scale) - x[i];
                error += difference * difference;
            }
        }
        return error;
    }
}
