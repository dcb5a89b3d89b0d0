package dev.deltapress.method;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.backend.JavaBackend;
import dev.deltapress.backend.MatrixView;
import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Floats;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;

class ImPartTest {
    private static final MaskKey KEY = new MaskKey(0, 1);

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
                encode(ImPart.ratio(ratio), rows, columns, spiked(rows, columns), budget);

        assertThat(block.byteSize()).isBetween((long) (0.99 * budget), budget);
    }

    @Test
    void thePaperExactListLeavesWhatTheBoundaryShiftLeaves() {
        int side = 128;
        long budget = 2L * side * side / 8;
        float[] delta = spiked(side, side);

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
        MemorySegment block = encode(ImPart.ratio(64), 64, 64, spiked(64, 64), 128);

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
        MatrixView tuned = new MatrixView(bytes(delta), DType.F32, rows, columns);
        MatrixView base = new MatrixView(bytes(new float[delta.length]), DType.F32, rows, columns);
        try (JavaBackend backend = new JavaBackend();
                Session session = backend.open();
                Delta difference = session.subtract(tuned, base)) {
            return method.encode(session, List.of(difference), List.of(KEY), List.of(budget))
                    .getFirst();
        }
    }

    private static MemorySegment bytes(float[] values) {
        MemorySegment bytes = MemorySegment.ofArray(new byte[4 * values.length]);
        MemorySegment.copy(values, 0, bytes, Floats.FLOAT32, 0, values.length);
        return bytes;
    }

    /** Power-law spikes over a Gaussian bulk, which is what deltas of fine-tuning look like. */
    private static float[] spiked(int rows, int columns) {
        Random random = new Random(42);
        float[] delta = new float[rows * columns];
        for (int i = 0; i < delta.length; i++) {
            delta[i] = (float) random.nextGaussian() * 0.01f;
        }
        for (int spike = 1; spike <= 8; spike++) {
            double[] u = random.doubles(rows, -1, 1).toArray();
            double[] v = random.doubles(columns, -1, 1).toArray();
            for (int i = 0; i < delta.length; i++) {
                delta[i] +=
                        (float) (u[i / columns] * v[i % columns] * Math.pow(spike, -0.7) * 0.05);
            }
        }
        return delta;
    }
}
