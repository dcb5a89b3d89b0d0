package dev.deltapress.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deltapress.delta.MaskKey.Side;

import org.junit.jupiter.api.Test;

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
