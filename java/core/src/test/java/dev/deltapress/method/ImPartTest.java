package dev.deltapress.method;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.MaskKey;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.MemorySegment;

class ImPartTest {
    @ParameterizedTest(name = "{0} x {1} at {2}")
    @CsvSource({
        "128, 128, 8",
        "128, 128, 16",
        "96, 320, 8",
        "320, 96, 32",
        "64, 512, 4",
        "200, 200, 2"
    })
    void theBlockFillsItsBudgetAndNeverExceedsIt(int rows, int columns, double ratio) {
        long budget = (long) (2.0 * rows * columns / ratio);

        MemorySegment block =
                encode(ImPart.ratio(ratio), rows, columns, Encoded.spiked(rows, columns), budget);

        assertThat(block.byteSize()).isBetween((long) (0.99 * budget), budget);
    }

    @Test
    void thePaperExactListLeavesWhatTheBoundaryShiftLeaves() {
        int side = 128;
        long budget = 2L * side * side / 8;
        float[] delta = Encoded.spiked(side, side);

        FactorBlock exact =
                header(encode(new ImPart(8, 0.6, 0.5, true), side, side, delta, budget), side);
        FactorBlock filled = header(encode(ImPart.ratio(8), side, side, delta, budget), side);

        SparsityRatios ratios = SparsityRatios.of(side, side, ImPart.ratio(8));
        double[] values = new double[exact.rank()];
        for (int k = 0; k < values.length; k++) {
            values[k] = exact.s()[k];
        }
        double[] sparsity = ratios.unshifted(values);
        for (int k = 0; k < values.length; k++) {
            double keep = (double) exact.thresholds()[k] / MaskKey.KEEP_ALL;
            assertThat(keep).as("component %d", k).isLessThanOrEqualTo(1 - sparsity[k] + 1e-9);
            assertThat(filled.thresholds()[k]).isGreaterThanOrEqualTo(exact.thresholds()[k]);
        }
    }

    @Test
    void whereTheListIsEmptyWhatTheBudgetPaysForIsKept() {
        // Rank 1 of a 64 x 64 matrix takes 256 bytes of values; the budget pays for a part of it.
        MemorySegment block = encode(ImPart.ratio(64), 64, 64, Encoded.spiked(64, 64), 128);

        FactorBlock header = header(block, 64);
        assertThat(header.rank()).isEqualTo(1);
        assertThat(header.thresholds()[0]).isBetween(1L, MaskKey.KEEP_ALL - 1);
        assertThat(block.byteSize()).isBetween(120L, 128L);
    }

    @Test
    void aZeroDeltaTakesNoComponents() {
        MemorySegment block = encode(ImPart.ratio(8), 64, 64, new float[64 * 64], 1024);

        assertThat(header(block, 64).rank()).isZero();
    }

    @Test
    void aRankOneDeltaIsKeptWholeAndAloneWhereItFits() {
        float[] delta = new float[64 * 64];
        for (int i = 0; i < delta.length; i++) {
            delta[i] = (i / 64 % 7 - 3) * (i % 64 % 5 - 2);
        }

        FactorBlock header = header(encode(ImPart.ratio(8), 64, 64, delta, 1024), 64);

        assertThat(header.thresholds()[0]).isEqualTo(MaskKey.KEEP_ALL);
    }

    private static FactorBlock header(MemorySegment block, int side) {
        return FactorBlock.readHeader(block, side, side, "w");
    }

    private static MemorySegment encode(
            ImPart method, int rows, int columns, float[] delta, long budget) {
        return Encoded.of(method, rows, columns, delta, budget).block();
    }
}
