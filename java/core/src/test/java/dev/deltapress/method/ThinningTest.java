package dev.deltapress.method;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.delta.MaskKey.Side;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.util.Random;

/** Against a search that counts all survivors at every factor that it tries. */
class ThinningTest {

    @Test
    void theFactorIsTheLargestThatFits() {
        long seed = System.nanoTime();
        System.out.println("ThinningTest.theFactorIsTheLargestThatFits: seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            int rows = 1 + random.nextInt(200);
            int columns = 1 + random.nextInt(200);
            MaskKey key = new MaskKey(random.nextInt(1000), round);
            double[] keeps = random.doubles(1 + random.nextInt(12)).toArray();
            if (random.nextInt(4) == 0) {
                keeps[0] = random.nextBoolean() ? 0 : 1;
            }
            long most = FactorBlock.byteSize(keeps.length, (long) keeps.length * (rows + columns));
            long budget = random.nextLong(most + most / 10 + 2);
            Thinning thinning = new Thinning(rows, columns, key, budget);
            for (double keep : keeps) {
                thinning.add(keep);
            }

            boolean mayRaise = random.nextBoolean();
            long[] expected = fitted(rows, columns, key, budget, keeps, mayRaise);

            assertThat(thinning.fits()).isEqualTo(fits(rows, columns, key, budget, keeps, 1 << 16));
            assertThat(thinning.fitted(mayRaise)).as("round %d", round).isEqualTo(expected);
        }
    }

    @Test
    void aComponentThatIsGivenBackCountsNoMore() {
        MaskKey key = new MaskKey(3, 4);
        long budget = FactorBlock.byteSize(1, 60);
        Thinning thinning = new Thinning(50, 50, key, budget);
        thinning.add(0.5);
        thinning.add(0.5);
        assertThat(thinning.fits()).isFalse();

        thinning.removeLast();

        assertThat(thinning.components()).isEqualTo(1);
        assertThat(thinning.fits())
                .isEqualTo(fits(50, 50, key, budget, new double[] {0.5}, 1 << 16));
        assertThat(thinning.fitted(true))
                .isEqualTo(fitted(50, 50, key, budget, new double[] {0.5}, true));
    }

    private static long @Nullable [] fitted(
            int rows, int columns, MaskKey key, long budget, double[] keeps, boolean mayRaise) {
        int low = 0;
        int high = (mayRaise ? 1 << 21 : 1 << 16) + 1;
        while (high - low > 1) {
            int middle = (low + high) >>> 1;
            if (fits(rows, columns, key, budget, keeps, middle)) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low == 0 ? null : thresholds(keeps, low);
    }

    private static boolean fits(
            int rows, int columns, MaskKey key, long budget, double[] keeps, int factor) {
        long survivors = 0;
        long[] thresholds = thresholds(keeps, factor);
        for (int k = 0; k < keeps.length; k++) {
            survivors += survivors(key.draws(Side.U, k, rows), rows, thresholds[k]);
            survivors += survivors(key.draws(Side.V, k, columns), columns, thresholds[k]);
        }
        return FactorBlock.byteSize(keeps.length, survivors) <= budget;
    }

    private static long[] thresholds(double[] keeps, int factor) {
        long[] thresholds = new long[keeps.length];
        for (int k = 0; k < keeps.length; k++) {
            long natural = (long) StrictMath.rint(keeps[k] * MaskKey.KEEP_ALL);
            natural = Math.clamp(natural, 1, MaskKey.KEEP_ALL);
            thresholds[k] = Math.clamp((natural * factor) >>> 16, 1, MaskKey.KEEP_ALL);
        }
        return thresholds;
    }

    private static long survivors(int[] draws, int rows, long threshold) {
        long survivors = 0;
        for (int row = 0; row < rows; row++) {
            survivors += MaskKey.survives(draws[row], threshold) ? 1 : 0;
        }
        return survivors;
    }
}
