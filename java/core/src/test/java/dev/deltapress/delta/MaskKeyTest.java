package dev.deltapress.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deltapress.delta.MaskKey.Side;
import dev.deltapress.tensor.FloatSamples;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;

class MaskKeyTest {
    private static final MaskKey KEY = new MaskKey(7, 3);

    @Test
    void aRowDrawsItsWordOfItsBlock() {
        int[] words = new int[4];
        Philox4x32.draw(5, 9, 1, 0, 7, 3, words, 0);

        int[] draws = KEY.draws(Side.V, 9, 23);

        assertThat(draws[22]).isEqualTo(words[2]);
    }

    @Test
    void manyDrawsAreThoseOfTheReference() {
        for (int rows : FloatSamples.LENGTHS) {
            int[] expected = reference(Side.V, 9, rows);

            int[] draws = Arrays.copyOf(KEY.draws(Side.V, 9, rows), rows);

            assertThat(draws).as("%d rows", rows).isEqualTo(expected);
        }
    }

    @Test
    void aVisitSeesTheSameDraws() {
        for (int rows : FloatSamples.LENGTHS) {
            int[] expected = reference(Side.U, 2, rows);
            Arrays.sort(expected);
            IntStream.Builder seen = IntStream.builder();

            KEY.visitDraws(Side.U, 2, rows, (draws, n) -> Arrays.stream(draws, 0, n).forEach(seen));

            assertThat(seen.build().sorted().toArray()).as("%d rows", rows).isEqualTo(expected);
        }
    }

    @Test
    void survivorsAreCountedAsTheReferenceDecides() {
        int[] edges = {0, 1, Integer.MAX_VALUE, Integer.MIN_VALUE, -2, -1};
        int[] draws = IntStream.concat(Arrays.stream(edges), new Random(4).ints(995)).toArray();
        for (long threshold :
                new long[] {0, 1, 2, 1L << 31, (1L << 31) + 1, -1 + (1L << 32), 1L << 32}) {
            for (int rows : new int[] {0, 1, 6, 255, draws.length}) {
                long expected =
                        Arrays.stream(draws, 0, rows)
                                .filter(draw -> MaskKey.survives(draw, threshold))
                                .count();

                assertThat(MaskKey.countSurvivors(draws, rows, threshold)).isEqualTo(expected);
            }
        }
    }

    private static int[] reference(Side side, int component, int rows) {
        int[] draws = new int[rows];
        int[] words = new int[4];
        for (int row = 0; row < rows; row++) {
            Philox4x32.draw(row / 4, component, side == Side.U ? 0 : 1, 0, 7, 3, words, 0);
            draws[row] = words[row % 4];
        }
        return draws;
    }

    @Test
    void drawsDoNotDependOnHowManyRowsAreAskedFor() {
        int[] few = KEY.draws(Side.U, 0, 5);
        int[] many = KEY.draws(Side.U, 0, 500);

        assertThat(many).startsWith(few);
    }

    @Test
    void sidesComponentsTensorsAndSeedsAllDrawDifferently() {
        int[] draws = KEY.draws(Side.U, 1, 64);

        assertThat(KEY.draws(Side.V, 1, 64)).isNotEqualTo(draws);
        assertThat(KEY.draws(Side.U, 2, 64)).isNotEqualTo(draws);
        assertThat(new MaskKey(7, 4).draws(Side.U, 1, 64)).isNotEqualTo(draws);
        assertThat(new MaskKey(8, 3).draws(Side.U, 1, 64)).isNotEqualTo(draws);
    }

    @Test
    void theLargestThresholdKeepsEverythingAndZeroNothing() {
        assertThat(MaskKey.survives(-1, MaskKey.KEEP_ALL)).isTrue();
        assertThat(MaskKey.survives(-1, MaskKey.KEEP_ALL - 1)).isFalse();
        assertThat(MaskKey.survives(0, 0)).isFalse();
    }

    @Test
    void theKeepRateIsThresholdOver2To32() {
        int rows = 1_000_000;
        double keep = 0.3;
        long survivors = KEY.survivors(Side.U, 0, rows, (long) (keep * MaskKey.KEEP_ALL));

        // Five standard deviations of a binomial distribution.
        assertThat((double) survivors)
                .isBetween(
                        rows * keep - 5 * Math.sqrt(rows * keep * (1 - keep)),
                        rows * keep + 5 * Math.sqrt(rows * keep * (1 - keep)));
    }

    @Test
    void aSeedBeyond32BitsIsRefused() {
        assertThatThrownBy(() -> new MaskKey(1L << 32, 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new MaskKey(-1, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
