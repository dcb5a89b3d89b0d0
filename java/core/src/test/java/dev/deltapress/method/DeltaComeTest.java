package dev.deltapress.method;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deltapress.delta.BitGroup;
import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.Grid;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

class DeltaComeTest {

    @ParameterizedTest(name = "{0} x {1} at {2}")
    @CsvSource({"384, 384, 8", "256, 512, 8", "512, 256, 8", "400, 300, 8"})
    void theBlockFillsItsBudgetAndNeverExceedsIt(int rows, int columns, double ratio) {
        Encoded encoded = Encoded.of(DeltaCome.ratio(ratio), rows, columns);

        long budget = (long) (2.0 * rows * columns / ratio);
        assertThat(encoded.bytesInFile()).isBetween((long) (0.99 * budget), budget);
        // What entropy coding saves has been spent on more components.
        assertThat(encoded.block().byteSize()).isGreaterThan((long) (1.025 * budget));
        List<BitGroup> groups = encoded.header().groups();
        assertThat(groups)
                .startsWith(BitGroup.of(2, Grid.SYMMETRIC, 8), BitGroup.of(32, Grid.GAUSSIAN, 3));
        assertThat(groups.get(2))
                .extracting(BitGroup::uBits, BitGroup::vBits)
                .containsExactly(2, 2);
        // A narrower component may take what is left.
        assertThat(groups.subList(3, groups.size()))
                .isSubsetOf(
                        BitGroup.of(1, Grid.GAUSSIAN, 1),
                        new BitGroup(1, Grid.GAUSSIAN, 1, 2),
                        new BitGroup(1, Grid.GAUSSIAN, 2, 1));
    }

    @Test
    void bandsAreCutWhereTheBudgetDoesNotPayForThem() {
        Encoded encoded = Encoded.of(DeltaCome.ratio(16), 64, 64);

        // 8 bytes, two groups of 8 in 12: 28; 2 and 128 bytes a component of 8 bits, 50 of 3 bits.
        assertThat(encoded.block().byteSize()).isEqualTo(28 + 2 * 130 + 4 * 50);
        assertThat(encoded.header().groups())
                .containsExactly(
                        BitGroup.of(2, Grid.SYMMETRIC, 8), BitGroup.of(4, Grid.GAUSSIAN, 3));
    }

    @Test
    void leastBytesAreThoseOfOneComponent() {
        DeltaCome method = DeltaCome.ratio(8);
        float[] delta = Encoded.spiked(30, 50);

        long least = method.leastBytes(30, 50);
        Encoded encoded = Encoded.of(method, 30, 50, delta, least);

        assertThat(encoded.header().rank()).isEqualTo(1);
        assertThat(encoded.block().byteSize()).isEqualTo(least);
        assertThat(Encoded.of(method, 30, 50, delta, least - 1).header().rank()).isZero();
    }

    @Test
    void aRefitChangesMultipliersAloneAndLowersTheError() {
        Encoded plain =
                Encoded.of(new DeltaCome(8, Bands.PUBLISHED, Grids.GAUSSIAN, false), 128, 128);
        Encoded fitted = Encoded.of(DeltaCome.ratio(8), 128, 128);

        long header = plain.header().headerBytes();
        assertThat(fitted.block().asSlice(header).mismatch(plain.block().asSlice(header)))
                .isEqualTo(-1);
        assertThat(fitted.relativeSquaredError()).isLessThan(plain.relativeSquaredError());
    }

    @Test
    void noOtherMultiplierIsBetterThanARefittedOne() {
        Encoded fitted = Encoded.of(DeltaCome.ratio(8), 64, 64);
        FactorBlock header = fitted.header();
        double least = fitted.relativeSquaredError();

        for (double factor : new double[] {0.99, 1.01}) {
            for (int c = 0; c < header.rank(); c++) {
                double[] multipliers = new double[header.rank()];
                for (int k = 0; k < multipliers.length; k++) {
                    multipliers[k] = header.multiplier(k) * (k == c ? factor : 1);
                }
                header.withMultipliers(multipliers).writeHeader(fitted.block());
                assertThat(fitted.relativeSquaredError())
                        .as("component %d", c)
                        .isGreaterThan(least);
            }
        }
    }

    @Test
    void halvesAreTheTruncatedSvd() {
        Encoded halves = Encoded.of(new DeltaCome(8, "16", Grids.SYMMETRIC, false), 96, 64);
        Encoded lowRank = Encoded.of(new LowRank(8), 96, 64);

        assertThat(halves.block().mismatch(lowRank.block())).isEqualTo(-1);
    }

    @Test
    void gridsOfMoreThanFourBitsAreSymmetric() {
        assertThat(Bands.parse("m", "1x5,1x4,16").groups(3, Grid.GAUSSIAN))
                .containsExactly(
                        BitGroup.of(1, Grid.SYMMETRIC, 5),
                        BitGroup.of(1, Grid.GAUSSIAN, 4),
                        BitGroup.half(1));
        assertThat(Bands.parse("m", "2x8,32x3,2")).hasToString("2x8,32x3,2");
    }
}
