package dev.deltapress.method;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deltapress.delta.Grid;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.delta.MaskKey.Side;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.Random;

/** Against a search that counts all survivors at every factor that it tries. */
class ThinningTest {
    private static final BlockLayout BANDED =
            new BlockLayout(Bands.parse("m", "1x8,3x3,1x16,2"), Grid.SYMMETRIC, true);

    @Test
    void theFactorIsTheLargestThatFits() {
        long seed = System.nanoTime();
        System.out.println("ThinningTest.theFactorIsTheLargestThatFits: seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 600; round++) {
            Block block =
                    new Block(
                            1 + random.nextInt(200),
                            1 + random.nextInt(200),
                            new MaskKey(random.nextInt(1000), round),
                            random.nextBoolean() ? BlockLayout.HALVES : BANDED);
            double[] keeps = random.doubles(1 + random.nextInt(12)).toArray();
            if (random.nextInt(4) == 0) {
                keeps[0] = random.nextBoolean() ? 0 : 1;
            }
            long[] all = new long[keeps.length];
            Arrays.fill(all, MaskKey.KEEP_ALL);
            long most = block.bytes(all);
            long budget = random.nextLong(most + most / 10 + 2);
            Thinning thinning = block.thinning(budget, keeps);

            boolean mayRaise = random.nextBoolean();
            long[] expected = block.fitted(budget, keeps, mayRaise);

            assertThat(thinning.fits()).isEqualTo(block.fits(budget, keeps, 1 << 16));
            assertThat(thinning.leavesUnspent()).isEqualTo(most < 0.99 * budget);
            assertThat(thinning.fitted(mayRaise)).as("round %d", round).isEqualTo(expected);
        }
    }

    @Test
    void aComponentThatIsGivenBackCountsNoMore() {
        Block block = new Block(50, 50, new MaskKey(3, 4), BANDED);
        double[] one = {0.5};
        long budget = block.bytes(thresholds(one, 1 << 16));
        Thinning thinning = block.thinning(budget, new double[] {0.5, 0.5});
        assertThat(thinning.fits()).isFalse();

        thinning.removeLast();

        assertThat(thinning.components()).isEqualTo(1);
        assertThat(thinning.fits()).isTrue();
        assertThat(thinning.leavesUnspent()).isFalse();
        assertThat(thinning.fitted(true)).isEqualTo(block.fitted(budget, one, true));
    }

    private record Block(int rows, int columns, MaskKey key, BlockLayout layout) {

        Thinning thinning(long budget, double[] keeps) {
            Thinning thinning = new Thinning(rows, columns, key, layout, budget);
            for (double keep : keeps) {
                thinning.add(keep);
            }
            return thinning;
        }

        long @Nullable [] fitted(long budget, double[] keeps, boolean mayRaise) {
            int low = 0;
            int high = (mayRaise ? 1 << 21 : 1 << 16) + 1;
            while (high - low > 1) {
                int middle = (low + high) >>> 1;
                if (fits(budget, keeps, middle)) {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            return low == 0 ? null : thresholds(keeps, low);
        }

        boolean fits(long budget, double[] keeps, int factor) {
            return bytes(thresholds(keeps, factor)) <= budget;
        }

        /** With a threshold for each component, even where all are kept. */
        long bytes(long[] thresholds) {
            int rank = thresholds.length;
            int groups = layout.bands().groups(rank, Grid.SYMMETRIC).size();
            long bytes = 12 + 8L * groups + (layout.compact() ? 6L : 8L) * rank;
            for (int k = 0; k < rank; k++) {
                bytes += (layout.bits(k) * survivors(Side.U, k, rows, thresholds[k]) + 7) / 8;
                bytes += (layout.bits(k) * survivors(Side.V, k, columns, thresholds[k]) + 7) / 8;
            }
            return bytes;
        }

        private long survivors(Side side, int component, int entries, long threshold) {
            int[] draws = key.draws(side, component, entries);
            long survivors = 0;
            for (int i = 0; i < entries; i++) {
                survivors += MaskKey.survives(draws[i], threshold) ? 1 : 0;
            }
            return survivors;
        }
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
}
