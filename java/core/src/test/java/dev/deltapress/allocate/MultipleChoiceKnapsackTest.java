package dev.deltapress.allocate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;

/** Against dynamic programming over the whole budget. */
class MultipleChoiceKnapsackTest {
    private static final int[] WIDTHS = {0, 1, 2, 3, 4, 5, 6, 7, 8, 16};

    /** Mean squared error of the Lloyd-Max quantiser of a Gaussian (Max, 1960); 16 is uniform. */
    private static final double[] DISTORTION = {
        1, .3634, .1175, .03454, .009497, .002499, .000640, .000162, .0000405, 6.4e-10
    };

    /** How the errors of a row depend on its widths. */
    enum Errors {
        GAUSSIAN {
            @Override
            double of(double energy, int choice, Random random) {
                return energy * DISTORTION[choice];
            }
        },
        /** As measured on rows that are not Gaussian: not convex, at times not even falling. */
        NOISY {
            @Override
            double of(double energy, int choice, Random random) {
                return energy * DISTORTION[choice] * Math.exp(random.nextGaussian());
            }
        },
        /** A choice as good as any other: most are off the hull. */
        UNRELATED {
            @Override
            double of(double energy, int choice, Random random) {
                return energy * random.nextDouble();
            }
        };

        abstract double of(double energy, int choice, Random random);
    }

    @ParameterizedTest
    @EnumSource
    void theErrorIsWithinAThousandthOfTheOptimum(Errors errors) {
        double worst = 0;
        for (int seed = 0; seed < (errors == Errors.GAUSSIAN ? 200 : 50); seed++) {
            Random random = new Random(seed);
            ChoiceTable table = table(512 + random.nextInt(128), errors, seed, random);
            int budget = (int) (table.rows() * random.nextDouble(0.25, 6));

            Allocation found = solve(table, budget);

            double optimum = ExactKnapsack.leastError(table, budget, -1);
            assertThat(found.lowerBound()).isLessThanOrEqualTo(optimum * (1 + 1e-12));
            assertThat(found.error()).isGreaterThanOrEqualTo(optimum * (1 - 1e-12));
            worst = Math.max(worst, found.error() / optimum - 1);
        }
        System.out.printf("MultipleChoiceKnapsackTest: %s: worst gap %.2g%n", errors, worst);
        assertThat(worst).isLessThan(1e-3);
    }

    /** Every other table has rows of several sizes, as components of several matrices are. */
    private static ChoiceTable table(int rows, Errors errors, int seed, Random random) {
        double decay = random.nextDouble(0.2, 1.2);
        long[] costs = new long[rows * WIDTHS.length];
        double[] values = new double[costs.length];
        for (int row = 0; row < rows; row++) {
            int size = seed % 2 == 0 ? 1 : 1 + random.nextInt(4);
            double energy = size * Math.pow(row + 1, -2 * decay);
            for (int choice = 0; choice < WIDTHS.length; choice++) {
                costs[row * WIDTHS.length + choice] = (long) size * WIDTHS[choice];
                values[row * WIDTHS.length + choice] = errors.of(energy, choice, random);
            }
        }
        return new ChoiceTable(rows, WIDTHS.length, costs, values);
    }

    @Test
    void costsNeedNoCommonUnit() {
        for (int seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            int rows = 64;
            long[] costs = random.longs(rows * 8L, 0, 1000).toArray();
            double[] errors = random.doubles(rows * 8L).toArray();
            ChoiceTable table = new ChoiceTable(rows, 8, costs, errors);
            int budget = (int) table.leastCost() + random.nextInt(2000);

            double optimum = ExactKnapsack.leastError(table, budget, -1);

            assertThat(solve(table, budget).error()).isBetween(optimum, optimum * 1.001);
        }
    }

    @Test
    void fewRowsAreSolvedExactly() {
        for (int seed = 0; seed < 2000; seed++) {
            Random random = new Random(seed);
            int rows = 1 + random.nextInt(8);
            int choices = 1 + random.nextInt(5);
            ChoiceTable table = smallTable(rows, choices, random);
            int budget = random.nextInt(10 * rows);

            Allocation found = MultipleChoiceKnapsack.solve(table, budget);

            double optimum = ExactKnapsack.leastError(table, budget, -1);
            assertThat(found == null).as("seed %d", seed).isEqualTo(budget < table.leastCost());
            if (found != null) {
                requireWithin(table, budget, found);
                assertThat(found.error()).as("seed %d", seed).isEqualTo(optimum, within(1e-4));
            }
        }
    }

    /** Small whole numbers, so that costs and errors tie, are 0, or are missing. */
    private static ChoiceTable smallTable(int rows, int choices, Random random) {
        long[] costs = random.longs((long) rows * choices, 0, 9).toArray();
        double[] errors =
                IntStream.range(0, rows * choices)
                        .mapToDouble(
                                i ->
                                        i % choices > 0 && random.nextInt(8) == 0
                                                ? Double.POSITIVE_INFINITY
                                                : random.nextInt(6))
                        .toArray();
        return new ChoiceTable(rows, choices, costs, errors);
    }

    @Test
    void noMoreThanSoManyWidthsAreUsed() {
        for (int seed = 0; seed < 10; seed++) {
            Random random = new Random(seed);
            ChoiceTable table = table(128, Errors.values()[seed % 3], seed, random);
            int budget = (int) (table.rows() * random.nextDouble(0.5, 5));
            for (int different = 1; different <= 4; different++) {
                double optimum = Double.POSITIVE_INFINITY;
                for (long set = 0; set < 1 << WIDTHS.length; set++) {
                    if (Long.bitCount(set) == different) {
                        double least = ExactKnapsack.leastError(table, budget, set);
                        optimum = Math.min(optimum, least);
                    }
                }

                Allocation found = MultipleChoiceKnapsack.solve(table, budget, different);

                Objects.requireNonNull(found);
                requireWithin(table, budget, found);
                assertThat(IntStream.of(found.choices()).distinct().count())
                        .isLessThanOrEqualTo(different);
                assertThat(found.error()).isBetween(optimum * (1 - 1e-12), optimum * 1.001);
                assertThat(found.lowerBound()).isLessThanOrEqualTo(optimum * (1 + 1e-12));
            }
        }
    }

    @Test
    void equalRowsTakeTheirStepsInOrder() {
        long[] costs = {0, 1, 0, 1, 0, 1};
        double[] errors = {5, 2, 5, 2, 5, 2};
        assertThat(solve(new ChoiceTable(3, 2, costs, errors), 2).choices())
                .containsExactly(1, 1, 0);
    }

    @Test
    void noRowsCostNothing() {
        Allocation found = solve(new ChoiceTable(0, 3, new long[0], new double[0]), 0);
        assertThat(found.choices()).isEmpty();
        assertThat(found.error()).isZero();
    }

    @Test
    void aBudgetBelowTheCheapestChoicesIsRefused() {
        ChoiceTable table = new ChoiceTable(2, 2, new long[] {3, 4, 5, 9}, new double[4]);
        assertThat(table.leastCost()).isEqualTo(8);
        assertThat(MultipleChoiceKnapsack.solve(table, 7)).isNull();
        assertThat(MultipleChoiceKnapsack.solve(table, -1)).isNull();
        assertThat(solve(table, 8).choices()).containsExactly(0, 0);
    }

    @Test
    void theBudgetIsSpentOffTheHullWhereNoVertexFits() {
        // Choice 1 lies above the line from 0 to 2, which costs too much.
        ChoiceTable table = new ChoiceTable(1, 3, new long[] {0, 3, 4}, new double[] {8, 5, 0});
        assertThat(solve(table, 3).choices()).containsExactly(1);
    }

    @Test
    void largeNumbersDoNotOverflow() {
        long half = Long.MAX_VALUE / 2;
        double[] errors = {1e300, 1e299, 1e300, 1e299};
        ChoiceTable table = new ChoiceTable(2, 2, new long[] {0, half, 0, half}, errors);
        assertThat(solve(table, Long.MAX_VALUE).choices()).containsExactly(1, 1);
        assertThat(solve(table, half + 1).choices()).containsExactly(1, 0);
    }

    @Test
    void tablesThatAreNoneAreRefused() {
        double infinite = Double.POSITIVE_INFINITY;
        long[] two = {1, 2};
        assertThatThrownBy(() -> new ChoiceTable(1, 2, two, new double[] {1, Double.NaN}))
                .hasMessage("row 0, choice 1: cost 2, error NaN");
        assertThatThrownBy(() -> new ChoiceTable(1, 2, two, new double[] {-1, 1}))
                .hasMessageContaining("row 0, choice 0");
        assertThatThrownBy(() -> new ChoiceTable(1, 2, new long[] {1, -2}, new double[2]))
                .hasMessageContaining("cost -2");
        assertThatThrownBy(() -> new ChoiceTable(2, 1, two, new double[] {1, infinite}))
                .hasMessage("row 1 has no choice");
        assertThatThrownBy(() -> new ChoiceTable(2, 2, two, new double[4]))
                .hasMessageContaining("2 costs and 4 errors of 2 rows x 2 choices");
        long[] large = {Long.MAX_VALUE, 1};
        assertThatThrownBy(() -> new ChoiceTable(2, 1, large, new double[2]))
                .hasMessageContaining("overflow");
    }

    @Test
    void aMatrixTakesMillisecondsAndAModelSeconds() {
        // Warmed: 3 ms, 14 ms and 250 ms; the limits leave room for a busy machine.
        assertThat(bestOfTen(4096, WIDTHS.length)).isLessThan(50e6);
        assertThat(bestOfTen(4096, 4)).isLessThan(2e9);
        assertThat(bestOfTen(400_000, WIDTHS.length)).isLessThan(5e9);
    }

    private static double bestOfTen(int rows, int different) {
        Random random = new Random(rows);
        ChoiceTable table = table(rows, Errors.NOISY, 1, random);
        double best = Double.POSITIVE_INFINITY;
        for (int run = 0; run < 10; run++) {
            long start = System.nanoTime();
            MultipleChoiceKnapsack.solve(table, 3L * rows, different);
            best = Math.min(best, (double) (System.nanoTime() - start));
        }
        System.out.printf(
                "MultipleChoiceKnapsackTest: %d rows: %.1f ms, %d widths%n",
                rows, best / 1e6, different);
        return best;
    }

    private static Allocation solve(ChoiceTable table, long budget) {
        Allocation found = Objects.requireNonNull(MultipleChoiceKnapsack.solve(table, budget));
        requireWithin(table, budget, found);
        return found;
    }

    private static void requireWithin(ChoiceTable table, long budget, Allocation found) {
        long cost = 0;
        double error = 0;
        for (int row = 0; row < table.rows(); row++) {
            cost += table.cost(row, found.choices()[row]);
            error += table.error(row, found.choices()[row]);
        }
        assertThat(cost).isEqualTo(found.cost()).isLessThanOrEqualTo(budget);
        assertThat(error).isEqualTo(found.error());
        assertThat(found.lowerBound()).isBetween(0.0, error);
    }
}
