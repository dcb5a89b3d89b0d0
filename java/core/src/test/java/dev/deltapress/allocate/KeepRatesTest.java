package dev.deltapress.allocate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deltapress.delta.CodeStream;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.delta.MaskKey.Side;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.Random;

class KeepRatesTest {
    private static final int ROWS = 300;

    /** Bytes of a component of these widths whose survivors are those of its mask. */
    private static KeepRates.Cost drawn(int[] bits) {
        MaskKey key = new MaskKey(1, 2);
        return (k, threshold) ->
                CodeStream.byteSize(key.survivors(Side.U, k, ROWS, threshold), bits[k]);
    }

    @Test
    void theFactorIsTheLargestThatFits() {
        int[] bits = {8, 8, 3, 3, 3, 2, 2, 2, 2, 2};
        KeepRates.Cost cost = drawn(bits);
        Random random = new Random(5);
        for (int round = 0; round < 40; round++) {
            long[] thresholds =
                    random.longs(bits.length, 1, MaskKey.KEEP_ALL + 1).sorted().toArray();
            long budget = random.nextLong(800);

            long[] fitted = KeepRates.fitted(thresholds, cost, budget);

            assertThat(fitted).isEqualTo(byTrial(thresholds, cost, budget));
        }
    }

    /** Tries factors from above, skipping those below which one is known to be too large. */
    private static long @Nullable [] byTrial(long[] thresholds, KeepRates.Cost cost, long budget) {
        for (long factor = 32 << 16; factor > 0; factor--) {
            long[] scaled = scaled(thresholds, factor);
            long spent = spent(scaled, cost);
            if (spent <= budget) {
                return scaled;
            }
            // Costs do not fall as factors rise, so a factor that is far too large skips many.
            while (factor > 1 && spent(scaled(thresholds, factor / 2), cost) > budget) {
                factor /= 2;
            }
            while (factor > 1024 && spent(scaled(thresholds, factor - 1024), cost) > budget) {
                factor -= 1024;
            }
        }
        return null;
    }

    private static long[] scaled(long[] thresholds, long factor) {
        return Arrays.stream(thresholds)
                .map(t -> Math.max(1, Math.min(MaskKey.KEEP_ALL, t * factor / 65536)))
                .toArray();
    }

    private static long spent(long[] thresholds, KeepRates.Cost cost) {
        long spent = 0;
        for (int k = 0; k < thresholds.length; k++) {
            spent += cost.of(k, thresholds[k]);
        }
        return spent;
    }

    @Test
    void aBudgetForEverythingKeepsEverything() {
        long[] thresholds = {MaskKey.KEEP_ALL / 4, MaskKey.KEEP_ALL / 2};
        assertThat(KeepRates.fitted(thresholds, drawn(new int[] {8, 2}), 375))
                .containsExactly(MaskKey.KEEP_ALL, MaskKey.KEEP_ALL);
    }

    @Test
    void aBudgetForNothingIsRefused() {
        assertThat(KeepRates.fitted(new long[] {1 << 30}, (k, t) -> 1, 0)).isNull();
    }
}
