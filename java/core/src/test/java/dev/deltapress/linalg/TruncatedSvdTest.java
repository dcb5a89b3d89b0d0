package dev.deltapress.linalg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deltapress.linalg.TruncatedSvd.Route;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.Arena;
import java.util.Arrays;

class TruncatedSvdTest {

    @Nested
    class ScalarExact extends TruncatedSvdSuite {
        ScalarExact() {
            super(Kernels.scalar(), Route.EXACT);
        }
    }

    @Nested
    class ScalarRandomised extends TruncatedSvdSuite {
        ScalarRandomised() {
            super(Kernels.scalar(), Route.RANDOMISED);
        }
    }

    @Nested
    class VectorExact extends TruncatedSvdSuite {
        VectorExact() {
            super(new VectorKernels(), Route.EXACT);
        }
    }

    @Nested
    class VectorRandomised extends TruncatedSvdSuite {
        VectorRandomised() {
            super(new VectorKernels(), Route.RANDOMISED);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"EXACT", "RANDOMISED"})
    void scalarAndVectorGiveTheSameBits(Route route) {
        Matrix a = Samples.delta(70, 110, 1);
        try (Arena arena = Arena.ofConfined()) {
            Svd scalar = new TruncatedSvd(Kernels.scalar(), route).compute(arena, a, 9);
            for (Kernels kernels : VectorWidths.all()) {
                Svd vector = new TruncatedSvd(kernels, route).compute(arena, a, 9);
                assertThat(Samples.floats(vector.ut())).isEqualTo(Samples.floats(scalar.ut()));
                assertThat(vector.s()).isEqualTo(scalar.s());
                assertThat(Samples.floats(vector.vt())).isEqualTo(Samples.floats(scalar.vt()));
            }
        }
    }

    @Test
    void anIterationThatDoesNotSettleGivesWayToTheExactRoute() {
        Kernels kernels = Kernels.best();
        Matrix a = Samples.delta(50, 40, 7);
        try (Arena arena = Arena.ofConfined()) {
            Svd exact = new TruncatedSvd(kernels, Route.EXACT).compute(arena, a, 5);
            RandomisedSvd impatient = new RandomisedSvd(kernels, 1);
            Svd actual =
                    new TruncatedSvd(kernels, Route.RANDOMISED, impatient).compute(arena, a, 5);
            assertThat(Samples.floats(actual.ut())).isEqualTo(Samples.floats(exact.ut()));
            assertThat(actual.s()).isEqualTo(exact.s());
            assertThat(Samples.floats(actual.vt())).isEqualTo(Samples.floats(exact.vt()));
        }
    }

    @Test
    void theRandomisedRouteIsWithinAPercentOfTheBestOnADelta() {
        assertTruncationWithinAPercent(Samples.delta(768, 768, 2), 64);
    }

    @Test
    void theRandomisedRouteIsWithinAPercentOfTheBestOnAPureBulk() {
        assertTruncationWithinAPercent(Samples.gaussian(520, 520, 3), 40);
    }

    @Test
    void oneGiantComponentDoesNotHideTheBulkFromTheRandomisedRoute() {
        Matrix bulk = Samples.gaussian(520, 530, 4);
        assertTruncationWithinAPercent(
                Samples.of(520, 530, (i, j) -> bulk.get(i, j) + 50 * Math.cos(i) * Math.sin(j)),
                40);
    }

    private static void assertTruncationWithinAPercent(Matrix a, int rank) {
        double[] oracle = Samples.singularValues(a);
        double missing = Arrays.stream(oracle).skip(rank).map(s -> s * s).sum();
        try (Arena arena = Arena.ofConfined()) {
            Svd svd = new TruncatedSvd(Kernels.best()).compute(arena, a, rank);
            assertThat(Samples.errorNorm(a, svd)).isLessThanOrEqualTo(1.01 * Math.sqrt(missing));
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void anEntryThatIsNotFiniteIsNamed(float value) {
        Matrix a = Samples.gaussian(3, 4, 5);
        a.set(1, 2, value);
        assertThatThrownBy(() -> new TruncatedSvd(Kernels.best()).compute(Arena.ofAuto(), a, 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("entry (1, 2) is " + value + ", expected finite numbers");
    }

    @Test
    void aNegativeRankIsRefused() {
        Matrix a = Samples.gaussian(3, 4, 6);
        assertThatThrownBy(() -> new TruncatedSvd(Kernels.best()).compute(Arena.ofAuto(), a, -1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("rank must not be negative, got -1");
    }

    @Test
    void aSingularValueThatOverflowsIsRefused() {
        Matrix a = Samples.of(2, 2, (i, j) -> Float.MAX_VALUE);
        assertThatThrownBy(() -> new TruncatedSvd(Kernels.best()).compute(Arena.ofAuto(), a, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("overflows fp32");
    }

    @Test
    void aTieBetweenLargestEntriesIsDecidedByTheFirst() {
        Matrix a = Samples.of(2, 1, (i, j) -> i == 0 ? 1 : -1);
        Svd svd = new TruncatedSvd(Kernels.best()).compute(Arena.ofAuto(), a, 1);
        assertThat(svd.ut().get(0, 0)).isPositive();
        assertThat(svd.vt().get(0, 0)).isEqualTo(1);
    }
}
