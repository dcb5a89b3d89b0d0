package dev.deltapress.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.deltapress.delta.BitGroup;
import dev.deltapress.delta.Grid;
import dev.deltapress.delta.MaskKey;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Arrays;

class ImPartQtTest {

    @ParameterizedTest(name = "{0} x {1} at {2}")
    @CsvSource({
        "64, 64, 16",
        "64, 64, 64",
        "384, 1536, 32",
        "4096, 64, 16",
        "256, 256, 10",
        "384, 384, 9",
        "200, 300, 20",
        "300, 200, 128"
    })
    void theBlockFillsItsBudgetAndNeverExceedsIt(int rows, int columns, double ratio) {
        Encoded encoded = Encoded.of(ImPartQt.ratio(ratio), rows, columns);

        long budget = (long) (2.0 * rows * columns / ratio);
        assertThat(encoded.bytesInFile()).isBetween((long) (0.99 * budget), budget);
        assertThat(encoded.header().compact()).isTrue();
    }

    @Test
    void widthsFollowTheBandsAndKeepRatesFall() {
        Encoded encoded = Encoded.of(ImPartQt.ratio(32), 384, 384);

        long[] thresholds = encoded.header().thresholds();
        assertThat(encoded.header().groups())
                .containsExactly(
                        BitGroup.of(2, Grid.SYMMETRIC, 8),
                        BitGroup.of(32, Grid.GAUSSIAN, 3),
                        BitGroup.of(encoded.header().rank() - 34, Grid.GAUSSIAN, 2));
        assertThat(Arrays.stream(thresholds).boxed().toList())
                .isSortedAccordingTo((a, b) -> Long.compare(b, a));
        assertThat(thresholds[thresholds.length - 1]).isLessThan(thresholds[0]);
    }

    @Test
    void halvesAreTheListOfImPartAtTheRatioThatItsBytesPayFor() {
        double[] leading = new double[200];
        for (int k = 0; k < leading.length; k++) {
            leading[k] = 1 / (1 + k / 20.0);
        }
        BlockLayout halves = BlockLayout.HALVES;
        SparsityRatios impart = SparsityRatios.of(400, 400, ImPart.ratio(8));
        double survivors = 0;
        double[] list = impart.list(leading);
        for (double p : list) {
            survivors += (1 - p) * 800;
        }
        long budget = halves.headerBytes(list.length) + (long) (2 * survivors);

        var filled = new FilledRatios(400, 400, 0.6, 0.5, halves, budget);

        assertThat(filled.of(leading).list(leading)).hasSize(list.length);
        assertThat(filled.most()).isEqualTo(impart.components());
        assertThat(filled.of(leading).gamma()).isCloseTo(impart.gamma(), within(0.002));
    }

    @Test
    void withoutARefitTheMeanOverSeedsComesCloseToTheDelta() {
        // Unbiased masks: the error of a mean of many is far below that of one.
        var method = new ImPartQt(8, 0.6, 0.5, "16", Grids.SYMMETRIC, false);
        double[] mean = new double[64 * 96];
        double[] truth = new double[0];
        double single = 0;
        int seeds = 40;
        for (int seed = 0; seed < seeds; seed++) {
            Encoded encoded = Encoded.of(method, 64, 96, new MaskKey(seed, 1));
            double[] decoded = encoded.decoded();
            truth = encoded.truth();
            for (int i = 0; i < mean.length; i++) {
                mean[i] += decoded[i] / seeds;
            }
            single += Encoded.squaredDistance(decoded, truth) / seeds;
        }
        assertThat(Encoded.squaredDistance(mean, truth)).isLessThan(0.5 * single);
    }

    @Test
    void aRefitLowersTheErrorAndKeepsTheValues() {
        var fitting = new ImPartQt(64, 0.8, 0.5, Bands.PUBLISHED, Grids.GAUSSIAN, true);
        Encoded unbiased = Encoded.of(ImPartQt.ratio(64), 256, 128);
        Encoded fitted = Encoded.of(fitting, 256, 128);

        long header = unbiased.header().headerBytes();
        assertThat(fitted.block().asSlice(header).mismatch(unbiased.block().asSlice(header)))
                .isEqualTo(-1);
        assertThat(fitted.relativeSquaredError()).isLessThan(unbiased.relativeSquaredError());
        assertThat(fitted.relativeSquaredError()).isLessThan(1);
    }

    @Test
    void aDeltaOfLowRankOrOfZerosIsTakenAsItIs() {
        float[] two = new float[64 * 128];
        for (int i = 0; i < two.length; i++) {
            two[i] = (i / 128 % 7 - 3) * (i % 128 % 5 - 2) + (i / 128 % 3 - 1) * (i % 128 % 11 - 5);
        }
        Encoded encoded = Encoded.of(ImPartQt.ratio(8), 64, 128, two, 2048);
        assertThat(encoded.header().rank()).isEqualTo(2);
        assertThat(encoded.relativeSquaredError()).isLessThan(1e-3);

        Encoded none = Encoded.of(ImPartQt.ratio(8), 64, 128, new float[64 * 128], 2048);
        assertThat(none.header().rank()).isZero();
    }

    @Test
    void leastBytesSuffice() {
        ImPartQt method = ImPartQt.ratio(8);
        long least = method.leastBytes(30, 50);

        Encoded encoded = Encoded.of(method, 30, 50, Encoded.spiked(30, 50), least);

        assertThat(encoded.block().byteSize()).isLessThanOrEqualTo(least);
        assertThat(encoded.header().rank()).isEqualTo(1);
    }
}
