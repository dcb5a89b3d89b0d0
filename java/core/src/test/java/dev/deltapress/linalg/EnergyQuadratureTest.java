package dev.deltapress.linalg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.util.Arrays;

class EnergyQuadratureTest {

    @Test
    void settledValuesCountOnceAndLeaveNoDoubt() {
        var estimate =
                EnergyQuadrature.of(
                        new double[] {9, 4, 1}, new double[3], new double[] {7, 7, 7}, 5);

        assertThat(estimate).isEqualTo(new EnergyQuadrature(14, 0));
    }

    @Test
    void aValueThatStandsForTwoTakesThePlaceOfTheLast() {
        double[] unsettled = {9, 9, 9};

        var estimate =
                EnergyQuadrature.of(new double[] {9, 4, 1}, unsettled, new double[] {2, 1, 1}, 8);

        assertThat(estimate.energy()).isEqualTo(2 * 9 + 4);
        // Twice the variance 2 / 8 of (9 - 4) above the edge, where the third place is filled.
        assertThat(estimate.deviation()).isCloseTo(Math.sqrt(2.0 / 8 * 2 * 25), within(1e-12));
    }

    @Test
    void whatIsLeftOfThePlacesIsFilledAtTheEdge() {
        var estimate =
                EnergyQuadrature.of(
                        new double[] {4, 2}, new double[] {4, 4}, new double[] {0.5, 0.5}, 8);

        assertThat(estimate.energy()).isEqualTo(0.5 * 4 + 0.5 * 2 + 1 * 2);
    }

    @Test
    void noComponentsHaveNoEnergy() {
        var estimate = EnergyQuadrature.of(new double[] {4}, new double[0], new double[0], 8);

        assertThat(estimate).isEqualTo(new EnergyQuadrature(0, 0));
    }

    @Test
    void anEarlyBasisTellsTheEnergyOfComponentsThatItHasNotFound() {
        int rank = 60;
        Matrix a = Samples.delta(600, 620, 3);
        double[] oracle = Samples.singularValues(a);
        double possible = Arrays.stream(oracle).limit(rank).map(s -> s * s).sum();
        Kernels kernels = Kernels.best();
        try (Arena arena = Arena.ofConfined();
                KrylovBasis basis = new KrylovBasis(kernels, new Operand(a, false), 24, 120)) {
            while (basis.size() < 120) {
                basis.grow();
            }
            var ritz = new SymmetricEigen(kernels).reduce(basis.gram(), basis.size());
            double[] theta = ritz.values();
            Matrix w = ritz.vectors(arena, rank);

            var estimate =
                    EnergyQuadrature.of(
                            theta, basis.residuals(w), basis.counts(theta, w), basis.starts());

            double captured = Arrays.stream(theta).limit(rank).sum();
            assertThat(captured).isLessThan(possible - 3 * estimate.deviation());
            assertThat(estimate.energy()).isCloseTo(possible, within(3 * estimate.deviation()));
        }
    }
}
