package dev.deltapress.method;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deltapress.delta.BitGroup;
import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.Grid;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Arrays;
import java.util.List;

class DeltaMixTest {

    @ParameterizedTest(name = "{0} x {1} at {2}")
    @CsvSource({
        "64, 64, 8",
        "64, 64, 32",
        "384, 384, 128",
        "384, 1536, 16",
        "4096, 64, 16",
        "256, 512, 3",
        "400, 300, 20"
    })
    void theBlockNeverExceedsItsBudget(int rows, int columns, double ratio) {
        Encoded encoded = Encoded.of(DeltaMix.ratio(ratio), rows, columns);

        long budget = (long) (2.0 * rows * columns / ratio);
        // What is left is less than a bit more for one component, its place, and two groups.
        long bit = (rows + columns) / 8L + 20;
        long least = Math.min(budget - bit, (long) (0.99 * budget));
        assertThat(encoded.bytesInFile()).isBetween(least, budget);
        assertThat(encoded.relativeSquaredError()).isLessThan(1);
    }

    @ParameterizedTest(name = "{0} x {1} at {2}")
    @CsvSource({"256, 256, 8", "256, 256, 32", "256, 1024, 16", "512, 384, 64"})
    void theErrorIsBelowThatOfFixedBandsInTheSameBytes(int rows, int columns, double ratio) {
        double bands = Encoded.of(DeltaCome.ratio(ratio), rows, columns).relativeSquaredError();
        double mixed = Encoded.of(DeltaMix.ratio(ratio), rows, columns).relativeSquaredError();

        assertThat(mixed).isLessThan(bands);
    }

    @Test
    void aRefitOfUKeepsTheCodesOfVAndLowersTheError() {
        int side = 256;
        Encoded plain =
                Encoded.of(new DeltaMix(16, 10, Grids.GAUSSIAN, /* rtc= */ false), side, side);
        Encoded refitted = Encoded.of(DeltaMix.ratio(16), side, side);

        FactorBlock header = refitted.header();
        assertThat(header.groups()).isEqualTo(plain.header().groups());
        assertThat(refitted.relativeSquaredError()).isLessThan(plain.relativeSquaredError());
        long at = header.headerBytes();
        boolean otherU = false;
        for (BitGroup group : header.groups()) {
            long u = (long) side * group.uBits() / 8;
            long v = (long) side * group.vBits() / 8;
            for (int c = 0; c < group.components(); c++) {
                otherU |= mismatch(plain, refitted, at, u);
                assertThat(mismatch(plain, refitted, at + u, v)).isFalse();
                at += u + v;
            }
        }
        assertThat(otherU).isTrue();
    }

    private static boolean mismatch(Encoded a, Encoded b, long at, long bytes) {
        return a.block().asSlice(at, bytes).mismatch(b.block().asSlice(at, bytes)) >= 0;
    }

    @Test
    void widthsFallAndAreAtMostSoManyDifferentOnes() {
        List<BitGroup> many =
                Encoded.of(new DeltaMix(4, 10, Grids.SYMMETRIC, false), 200, 200).header().groups();
        List<BitGroup> two =
                Encoded.of(new DeltaMix(4, 3, Grids.SYMMETRIC, false), 200, 200).header().groups();

        assertThat(many).hasSizeGreaterThan(3);
        assertThat(two).hasSizeBetween(1, 2);
        assertThat(many.stream().map(BitGroup::vBits).toList())
                .isSortedAccordingTo((a, b) -> b - a);
    }

    /** Against every pair of widths for each of few components. */
    @Test
    void noOtherWidthsHaveALowerPredictedError() {
        int rows = 64;
        int columns = 64;
        double[] s = {3, 1, 0.9, 0.2};
        MixedWidths widths = new MixedWidths(rows, columns, Grid.SYMMETRIC, 10);
        for (long budget : new long[] {60, 110, 190, 333, 500}) {
            double best = Double.POSITIVE_INFINITY;
            int[] choice = new int[s.length];
            for (int n = 0; n < 10_000; n++) {
                for (int i = 0, digits = n; i < s.length; i++, digits /= 10) {
                    choice[i] = digits % 10;
                }
                best = Math.min(best, error(s, choice, budget));
            }
            List<BitGroup> groups = widths.groups(s, budget);
            int[] found = new int[s.length];
            int i = 0;
            for (BitGroup group : groups) {
                for (int c = 0; c < group.components(); c++) {
                    found[i++] = group.uBits() == 16 ? 9 : group.uBits();
                }
            }
            assertThat(error(s, found, budget)).isBetween(best, 1.001 * best);
        }
    }

    /** Infinite above the budget. */
    private static double error(double[] s, int[] choice, long budget) {
        long different = Arrays.stream(choice).filter(c -> c > 0).distinct().count();
        long bytes = 12 + 8 * different;
        double error = 0;
        for (int i = 0; i < s.length; i++) {
            int bits = choice[i] == 9 ? 16 : choice[i];
            bytes += bits == 0 ? 0 : 2 + 2L * 64 * bits / 8;
            double d = bits == 0 ? 1 : Grid.SYMMETRIC.normalError(bits);
            error += s[i] * s[i] * (1 - (1 - d) * (1 - d));
        }
        return bytes <= budget ? error : Double.POSITIVE_INFINITY;
    }

    @Test
    void theShorterSideGetsMoreBits() {
        List<BitGroup> wide = Encoded.of(DeltaMix.ratio(16), 128, 512).header().groups();
        List<BitGroup> tall = Encoded.of(DeltaMix.ratio(16), 512, 128).header().groups();

        assertThat(wide).allMatch(group -> group.uBits() == group.vBits() + 1);
        assertThat(tall).allMatch(group -> group.vBits() == group.uBits() + 1);
    }

    @Test
    void aDeltaOfLowRankOrOfZerosIsTakenAsItIs() {
        float[] one = new float[64 * 128];
        for (int i = 0; i < one.length; i++) {
            one[i] = (i / 128 % 7 - 3) * (i % 128 % 5 - 2);
        }
        Encoded encoded = Encoded.of(DeltaMix.ratio(8), 64, 128, one, 2048);
        assertThat(encoded.header().groups()).containsExactly(BitGroup.half(1));
        assertThat(encoded.relativeSquaredError()).isLessThan(1e-6);

        Encoded none = Encoded.of(DeltaMix.ratio(8), 64, 128, new float[64 * 128], 2048);
        assertThat(none.header().rank()).isZero();
    }

    @Test
    void leastBytesAreThoseOfOneComponent() {
        DeltaMix method = DeltaMix.ratio(8);
        float[] delta = Encoded.spiked(30, 50);
        long least = method.leastBytes(30, 50);

        Encoded encoded = Encoded.of(method, 30, 50, delta, least);

        assertThat(encoded.header().rank()).isEqualTo(1);
        assertThat(encoded.block().byteSize()).isEqualTo(least);
        assertThat(Encoded.of(method, 30, 50, delta, least - 1).header().rank()).isZero();
    }
}
