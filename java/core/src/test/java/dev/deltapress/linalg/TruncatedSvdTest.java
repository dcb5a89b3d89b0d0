package dev.deltapress.linalg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deltapress.linalg.TruncatedSvd.Route;
import dev.deltapress.parallel.Team;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

class TruncatedSvdTest {

    @Nested
    class ScalarExact extends TruncatedSvdSuite {
        ScalarExact() {
            super(Kernels.scalar(), Route.EXACT);
        }
    }

    @Nested
    class ScalarKrylov extends TruncatedSvdSuite {
        ScalarKrylov() {
            super(Kernels.scalar(), Route.KRYLOV);
        }
    }

    @Nested
    class VectorExact extends TruncatedSvdSuite {
        VectorExact() {
            super(new VectorKernels(), Route.EXACT);
        }
    }

    @Nested
    class VectorKrylov extends TruncatedSvdSuite {
        VectorKrylov() {
            super(new VectorKernels(), Route.KRYLOV);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"EXACT", "KRYLOV"})
    void scalarAndVectorGiveTheSameBits(Route route) {
        Matrix a = Samples.delta(70, 110, 1);
        try (Arena arena = Arena.ofConfined()) {
            Svd scalar = new TruncatedSvd(Kernels.scalar(), route).compute(arena, a, 9);
            List<Kernels> twins = new ArrayList<>(VectorWidths.all());
            twins.add(new LoopKernels(Team.alone()));
            for (Kernels kernels : twins) {
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
        Matrix a = Samples.gaussian(150, 160, 7);
        try (Arena arena = Arena.ofConfined()) {
            Svd exact = new TruncatedSvd(kernels, Route.EXACT).compute(arena, a, 5);
            KrylovPlan neverContent = new KrylovPlan(-1);
            Svd actual = new TruncatedSvd(kernels, Route.AUTO, neverContent).compute(arena, a, 5);
            assertThat(Samples.floats(actual.ut())).isEqualTo(Samples.floats(exact.ut()));
            assertThat(actual.s()).isEqualTo(exact.s());
            assertThat(Samples.floats(actual.vt())).isEqualTo(Samples.floats(exact.vt()));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"EXACT", "KRYLOV"})
    void aRuleFindsTheRankFromTheValues(Route route) {
        double[] spectrum = new double[60];
        Arrays.fill(spectrum, 1);
        for (int c = 0; c < 25; c++) {
            spectrum[c] = 8 - 0.2 * c;
        }
        Matrix a = Samples.withSpectrum(300, 250, spectrum, 8);
        RankRule rule =
                new RankRule(
                        3,
                        values -> {
                            int above = 0;
                            while (above < values.length && values[above] > values[0] / 4) {
                                above++;
                            }
                            return above < values.length ? above : 2 * values.length;
                        });
        try (Arena arena = Arena.ofConfined()) {
            Svd svd = new TruncatedSvd(Kernels.best(), route).compute(arena, a, rule);
            assertThat(svd.rank()).isEqualTo(25);
        }
    }

    @Test
    void bitsDoNotDependOnTheNumberOfThreads() {
        Matrix a = Samples.delta(300, 900, 9);
        try (Arena arena = Arena.ofShared()) {
            Svd alone = new TruncatedSvd(Kernels.best()).compute(arena, a, 30);
            for (int threads : new int[] {2, 4}) {
                try (Team team = new Team(threads)) {
                    Svd shared = new TruncatedSvd(Kernels.best(team)).compute(arena, a, 30);
                    assertThat(Samples.floats(shared.ut())).isEqualTo(Samples.floats(alone.ut()));
                    assertThat(shared.s()).isEqualTo(alone.s());
                    assertThat(Samples.floats(shared.vt())).isEqualTo(Samples.floats(alone.vt()));
                }
            }
        }
    }

    @Test
    void theKrylovRouteIsWithinAPercentOfTheBestOnADelta() {
        assertTruncationWithinAPercent(Samples.delta(768, 768, 2), 64);
    }

    @Test
    void theKrylovRouteIsWithinAPercentOfTheBestOnAPureBulk() {
        assertTruncationWithinAPercent(Samples.gaussian(520, 520, 3), 40);
    }

    @Test
    void oneGiantComponentDoesNotHideTheBulkFromTheKrylovRoute() {
        Matrix bulk = Samples.gaussian(520, 530, 4);
        assertTruncationWithinAPercent(
                Samples.of(520, 530, (i, j) -> bulk.get(i, j) + 50 * Math.cos(i) * Math.sin(j)),
                40);
    }

    @Test
    void aSlowDecayWithoutABulkDoesNotCostTheBasisItsOrthogonality() {
        // Many small blocks: rounding grows from one to the next unless it is mended.
        double[] spectrum = new double[400];
        for (int c = 0; c < spectrum.length; c++) {
            spectrum[c] = Math.pow(c + 1, -0.3);
        }
        assertTruncationWithinAPercent(Samples.withSpectrum(400, 410, spectrum, 10), 80);
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
