package dev.deltapress.linalg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.lang.foreign.Arena;
import java.util.Comparator;

/** What every SVD must do, on every shape; one subclass per kernels and route. */
abstract class TruncatedSvdSuite {

    /** Unit vectors in fp32: each element of UUᵀ - I, as {@link ThinQr} promises. */
    private static final double ORTHONORMAL = 0x1p-21;

    /** Error norm of a truncation over the best possible one, as {@link TruncatedSvd} promises. */
    private static final double TRUNCATION = 1.01;

    private final Arena arena = Arena.ofConfined();
    private final TruncatedSvd svd;

    TruncatedSvdSuite(Kernels kernels, TruncatedSvd.Route route) {
        this.svd = new TruncatedSvd(kernels, route);
    }

    @AfterEach
    void close() {
        arena.close();
    }

    @ParameterizedTest
    @EnumSource
    void shapesAreThoseOfTheRank(SvdShape shape) {
        Matrix a = shape.matrix();
        for (int rank : new int[] {0, 1, shape.shortSide(), shape.shortSide() + 5}) {
            int k = Math.min(rank, shape.shortSide());
            Svd result = svd.compute(arena, a, rank);
            assertThat(result.rank()).isEqualTo(k);
            assertThat(new int[] {result.ut().rows(), result.ut().columns()})
                    .containsExactly(k, a.rows());
            assertThat(new int[] {result.vt().rows(), result.vt().columns()})
                    .containsExactly(k, a.columns());
        }
    }

    @ParameterizedTest
    @EnumSource
    void allComponentsTogetherRebuildTheMatrix(SvdShape shape) {
        Svd result = svd.compute(arena, shape.matrix(), shape.shortSide());

        assertThat(Samples.errorNorm(shape.matrix(), result))
                .isLessThanOrEqualTo(bound(shape.matrix(), result));
    }

    @ParameterizedTest
    @EnumSource
    void singularValuesAreThoseOfTheOracle(SvdShape shape) {
        Svd result = svd.compute(arena, shape.matrix(), shape.shortSide());

        double[] expected = Samples.singularValues(shape.matrix());
        for (int c = 0; c < result.rank(); c++) {
            assertThat((double) result.s()[c])
                    .isCloseTo(expected[c], within(bound(shape.matrix(), result)));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aTruncationIsNearlyTheBestOfItsRank(SvdShape shape) {
        double[] oracle = Samples.singularValues(shape.matrix());
        int rank = shape.shortSide() / 3;

        Svd result = svd.compute(arena, shape.matrix(), rank);

        double energy = 0;
        double missing = 0;
        for (int c = 0; c < oracle.length; c++) {
            energy += oracle[c] * oracle[c];
            missing += c < rank ? 0 : oracle[c] * oracle[c];
        }
        double best = Math.sqrt(missing);
        assertThat(Samples.errorNorm(shape.matrix(), result))
                .isLessThanOrEqualTo(TRUNCATION * best + bound(shape.matrix(), result));
        double relative = energy == 0 ? 0 : best / Math.sqrt(energy);
        // Energies differ by a few roundings of the whole, so a residual near zero by their root.
        assertThat(result.residual()).isBetween(relative - 1e-3, TRUNCATION * relative + 1e-3);
    }

    @ParameterizedTest
    @EnumSource
    void singularVectorsAreOrthonormal(SvdShape shape) {
        for (int rank : new int[] {shape.shortSide() / 3, shape.shortSide()}) {
            Svd result = svd.compute(arena, shape.matrix(), rank);

            assertThat(Samples.deviationFromOrthonormal(result.ut()))
                    .isLessThanOrEqualTo(ORTHONORMAL);
            assertThat(Samples.deviationFromOrthonormal(result.vt()))
                    .isLessThanOrEqualTo(ORTHONORMAL);
        }
    }

    @ParameterizedTest
    @EnumSource
    void singularValuesDescendAndNoneIsNegative(SvdShape shape) {
        Svd result = svd.compute(arena, shape.matrix(), shape.shortSide());

        assertThat(result.s()).isSortedAccordingTo(Comparator.<Float>reverseOrder());
        for (float s : result.s()) {
            assertThat(s).isFinite().isNotNegative();
        }
    }

    @ParameterizedTest
    @EnumSource
    void theLargestEntryOfEachLeftVectorIsPositive(SvdShape shape) {
        Matrix ut = svd.compute(arena, shape.matrix(), shape.shortSide()).ut();

        for (int c = 0; c < ut.rows(); c++) {
            int largest = 0;
            for (int i = 1; i < ut.columns(); i++) {
                if (Math.abs(ut.get(c, i)) > Math.abs(ut.get(c, largest))) {
                    largest = i;
                }
            }
            assertThat(ut.get(c, largest)).isPositive();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aSecondCallGivesTheSameBitsAlsoAfterABiggerMatrix(SvdShape shape) {
        Svd first = svd.compute(arena, shape.matrix(), 7);
        svd.compute(arena, Samples.gaussian(80, 91, 12), 10);
        Svd second = svd.compute(arena, shape.matrix(), 7);

        assertThat(Samples.floats(second.ut())).isEqualTo(Samples.floats(first.ut()));
        assertThat(second.s()).isEqualTo(first.s());
        assertThat(Samples.floats(second.vt())).isEqualTo(Samples.floats(first.vt()));
    }

    /** (m + n) u s_1: backward stability with the usual linear growth. */
    private static double bound(Matrix a, Svd result) {
        double largest = result.rank() == 0 ? 0 : result.s()[0];
        return (a.rows() + a.columns()) * Samples.U * largest + SUBNORMAL_ROUNDING;
    }

    /** Half the distance of subnormal numbers, for each of some 400 entries: their root. */
    private static final double SUBNORMAL_ROUNDING = 20 * 0x1p-150;
}
