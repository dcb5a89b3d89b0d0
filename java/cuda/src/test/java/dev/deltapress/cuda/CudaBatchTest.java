package dev.deltapress.cuda;

import static dev.deltapress.cuda.CudaSamples.addRankOne;
import static dev.deltapress.cuda.CudaSamples.assertOrthonormal;
import static dev.deltapress.cuda.CudaSamples.copy;
import static dev.deltapress.cuda.CudaSamples.energy;
import static dev.deltapress.cuda.CudaSamples.noise;
import static dev.deltapress.cuda.CudaSamples.withSpectrum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.deltapress.BackendFailedException;
import dev.deltapress.backend.Backend;
import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Factors;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.backend.MatrixView;
import dev.deltapress.cuda.DeviceStandIns.Part;
import dev.deltapress.linalg.RankRule;
import dev.deltapress.panama.DeltaPressNative;
import dev.deltapress.panama.DeviceOutOfMemoryException;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Floats;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/** Matrices that are factorised together are factorised as well as alone, on stand-ins. */
class CudaBatchTest {
    private static final double[] EXPONENTS = {0.3, 0, 1, 0.7};

    private static DeltaPressNative library;
    private Backend backend;

    @BeforeAll
    static void load() {
        library = DeviceStandIns.library();
    }

    @BeforeEach
    void open() {
        DeviceStandIns.reset();
        backend = new CudaBackend(library, 1, 0);
    }

    @AfterEach
    void nothingIsLeft() {
        DeviceStandIns.reset();
        DeviceStandIns.limitMemory(Long.MAX_VALUE);
        backend.close();
        DeviceStandIns.assertNothingIsLeft();
    }

    @Test
    void smallMatricesAreWorkedOnTogether() {
        assertThat(backend.batch(384, 384)).isEqualTo(16);
        assertThat(backend.batch(1024, 1024)).isEqualTo(4);
        assertThat(backend.batch(4096, 1024)).isEqualTo(1);
        assertThat(backend.batch(128_000, 65_536)).isEqualTo(1);
        assertThat(backend.batch(0, 7)).isEqualTo(16);
    }

    @ParameterizedTest(name = "{0} x {1}, {2} components")
    @CsvSource({"300, 400, 15", "400, 300, 60", "256, 256, 20", "500, 120, 6", "200, 700, 1"})
    void errorsAreWithinOnePercentOfTheBestForEverySpectrumOfABatch(
            int rows, int columns, int rank) {
        List<MatrixView> matrices = spectra(rows, columns);
        factorise(
                matrices,
                ranks(rank, rank, rank, rank),
                (i, factors) -> assertWithinContract(factors, i, rows, columns, rank));
        assertThat(DeviceStandIns.calls(Part.BLAS, "cublasSgemmStridedBatched")).isPositive();
        assertThat(DeviceStandIns.calls(Part.BLAS, "cublasSgemm_v2")).as("alone").isZero();
    }

    @Test
    void everyMatrixGetsTheRankOfItsOwnRule() {
        int[] ranks = {3, 40, 12, 25};
        RankRule[] rules = new RankRule[ranks.length];
        for (int i = 0; i < ranks.length; i++) {
            int rank = ranks[i];
            // Guesses are one another's, which cost time alone.
            rules[i] = new RankRule(ranks[3 - i], values -> rank);
        }
        factorise(
                spectra(300, 320),
                List.of(rules),
                (i, factors) -> assertWithinContract(factors, i, 300, 320, ranks[i]));
    }

    @Test
    void aRankThatTheGuessesDoNotSuitIsComputedExactlyBesideTheOthers() {
        int[] ranks = {10, 250, 10, 10};
        factorise(
                spectra(300, 320),
                ranks(ranks),
                (i, factors) -> assertWithinContract(factors, i, 300, 320, ranks[i]));
        // And one of which nobody guessed it.
        RankRule surprising = new RankRule(10, values -> 250);
        List<RankRule> rules = new ArrayList<>(ranks(10, 10, 10));
        rules.add(1, surprising);
        factorise(
                spectra(300, 320),
                rules,
                (i, factors) -> assertWithinContract(factors, i, 300, 320, ranks[i]));
    }

    @Test
    void zeroLowRankAndExtremeMatricesStandBesideRegularOnes() {
        MatrixView zero = zero(200, 300);
        MatrixView three = copy(zero);
        addRankOne(three, 5, 1);
        addRankOne(three, 6, 0.5);
        addRankOne(three, 7, 0.25);
        List<MatrixView> matrices =
                List.of(
                        withSpectrum(200, 300, 0.3),
                        zero,
                        three,
                        scaled(withSpectrum(200, 300, 0.3), 0x1p-120f),
                        scaled(withSpectrum(200, 300, 0.3), 0x1p80f),
                        withSpectrum(200, 300, 0.3));
        factorise(
                matrices,
                ranks(20, 20, 20, 20, 20, 20),
                (i, factors) -> {
                    float[] s = factors.singularValues();
                    assertThat(s).hasSize(20);
                    assertOrthonormal((CudaSession.CudaFactors) factors);
                    switch (i) {
                        case 1 -> assertThat(s).containsOnly(0f);
                        case 2 -> {
                            assertThat(s[2]).isGreaterThan(0.01f * s[0]);
                            assertThat(s[3]).isLessThan(1e-4f * s[0]);
                        }
                        case 3 -> assertThat(s[0] * 0x1p120f).isCloseTo(1, within(1e-4f));
                        case 4 -> assertThat(s[0] * 0x1p-80f).isCloseTo(1, within(1e-4f));
                        default -> assertWithinContract(factors, 0, 200, 300, 20);
                    }
                });
    }

    @Test
    void aMatrixWhoseCholeskyFailsIsStirredAndOneWithoutConvergenceIsComputedExactly() {
        DeviceStandIns.failInfo(Part.SOLVER, "cusolverDnDpotrfBatched", 2, 3);
        DeviceStandIns.failInfo(Part.SOLVER, "cusolverDnDsyevd", 1, 7);
        factorise(
                spectra(300, 320),
                ranks(15, 15, 15, 15),
                (i, factors) -> assertWithinContract(factors, i, 300, 320, 15));
        assertThat(DeviceStandIns.calls(Part.SOLVER, "cusolverDnDpotrf"))
                .as("the exact route's")
                .isPositive();
    }

    @Test
    void whereColumnsStayDependentAnErrorIsMade() {
        for (int after = 0; after < 3; after++) {
            DeviceStandIns.failInfo(Part.SOLVER, "cusolverDnDpotrfBatched", after, 3);
        }
        assertThatThrownBy(this::factoriseFew)
                .isInstanceOf(BackendFailedException.class)
                .hasMessageContaining("columns stay dependent");
    }

    @ParameterizedTest
    @CsvSource({
        "RUNTIME, dp_copy_to_device, 3",
        "RUNTIME, dp_copy_to_host, 3",
        "RUNTIME, dp_copy_on_device, 3",
        "BLAS, cublasSgemmStridedBatched, 13",
        "BLAS, cublasDgemmStridedBatched, 13",
        "BLAS, cublasDtrsmBatched, 13",
        "BLAS, cublasSdgmm, 13",
        "SOLVER, cusolverDnDpotrfBatched, 6",
        "SOLVER, cusolverDnDsyevd, 7"
    })
    void everyFailureIsNamedAndLeavesNothingBehind(Part part, String function, int status) {
        factoriseFew();
        long calls = DeviceStandIns.calls(part, function);
        assertThat(calls).as("calls of " + function).isPositive();
        for (int after = 0; after < calls; after++) {
            DeviceStandIns.reset();
            DeviceStandIns.fail(part, function, after, status);
            assertThatThrownBy(this::factoriseFew)
                    .as("after %s %d", function, after)
                    .isInstanceOf(BackendFailedException.class)
                    .hasMessageContaining(function);
            assertThat(DeviceStandIns.liveBytes()).as("after %s %d", function, after).isZero();
        }
    }

    @Test
    void whereMemoryEndsTheCallIsNamedAndNothingIsLeftBehind() {
        int failures = 0;
        for (long limit = 1 << 18; limit < 8 << 20; limit += 1 << 18) {
            DeviceStandIns.limitMemory(limit);
            try {
                factoriseFew();
            } catch (DeviceOutOfMemoryException e) {
                assertThat(e.getMessage()).contains("dp_device_alloc");
                failures++;
            }
            assertThat(DeviceStandIns.liveBytes()).isZero();
        }
        assertThat(failures).isPositive();
    }

    @Test
    void aBoundOfMemoryForOneMatrixDoesForABatchAndChangesNothing() {
        List<float[]> values = new ArrayList<>();
        for (long memory : new long[] {1L << 30, DeviceNeed.of(1, 300, 320)}) {
            try (Backend bounded = new CudaBackend(library, 1, memory)) {
                List<float[]> found = new ArrayList<>();
                factorise(
                        bounded,
                        spectra(300, 320),
                        ranks(15, 15, 15, 15),
                        (_, factors) -> found.add(factors.singularValues()));
                if (values.isEmpty()) {
                    values.addAll(found);
                }
                assertThat(found).containsExactlyElementsOf(values);
            }
        }
        assertThat(DeviceNeed.of(16, 300, 320))
                .isGreaterThan(DeviceNeed.of(1, 300, 320))
                .isLessThan(16 * DeviceNeed.of(1, 300, 320));
    }

    @Test
    void matricesOfDifferentShapesAreRefused() {
        List<MatrixView> matrices =
                List.of(withSpectrum(200, 300, 0.3), withSpectrum(300, 200, 0.3));
        assertThatThrownBy(() -> factorise(matrices, ranks(5, 5), (_, _) -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("shapes differ");
    }

    private void factoriseFew() {
        List<MatrixView> matrices =
                List.of(withSpectrum(100, 120, 0.3), withSpectrum(100, 120, 0.7));
        factorise(matrices, ranks(6, 6), (_, _) -> {});
    }

    private void factorise(
            List<MatrixView> matrices, List<RankRule> ranks, BiConsumer<Integer, Factors> check) {
        factorise(backend, matrices, ranks, check);
    }

    private static void factorise(
            Backend backend,
            List<MatrixView> matrices,
            List<RankRule> ranks,
            BiConsumer<Integer, Factors> check) {
        List<Delta> deltas = new ArrayList<>();
        try (Session session = backend.open()) {
            try {
                for (MatrixView matrix : matrices) {
                    deltas.add(session.subtract(matrix, zero(matrix.rows(), matrix.columns())));
                }
                List<Factors> factors = session.factorise(deltas, ranks);
                try {
                    assertThat(factors).hasSameSizeAs(matrices);
                    for (int i = 0; i < factors.size(); i++) {
                        check.accept(i, factors.get(i));
                    }
                } finally {
                    factors.forEach(Factors::close);
                }
            } finally {
                deltas.forEach(Delta::close);
            }
        }
    }

    private static List<RankRule> ranks(int... ranks) {
        List<RankRule> rules = new ArrayList<>();
        for (int rank : ranks) {
            rules.add(RankRule.of(rank));
        }
        return rules;
    }

    /** A matrix for each of the exponents. */
    private static List<MatrixView> spectra(int rows, int columns) {
        List<MatrixView> matrices = new ArrayList<>();
        for (double exponent : EXPONENTS) {
            matrices.add(withSpectrum(rows, columns, exponent));
        }
        return matrices;
    }

    /** Of a matrix of {@link #spectra}, whose best error is known. */
    private static void assertWithinContract(
            Factors factors, int matrix, int rows, int columns, int rank) {
        assertThat(factors.rank()).isEqualTo(rank);
        assertOrthonormal((CudaSession.CudaFactors) factors);
        double missing = 0;
        double energy = 0;
        for (int i = Math.min(rows, columns) - 1; i >= 0; i--) {
            double square = Math.pow(i + 1, -2 * EXPONENTS[matrix]);
            missing += i >= rank ? square : 0;
            energy += square;
        }
        double error = Math.sqrt(energy - energy(factors.singularValues()));
        assertThat(error / Math.sqrt(missing)).as("matrix %d", matrix).isBetween(1 - 1e-4, 1.01);
    }

    private static MatrixView zero(int rows, int columns) {
        MatrixView noise = noise(rows, columns, DType.F32, 0);
        return new MatrixView(noise.data().fill((byte) 0), DType.F32, rows, columns);
    }

    private static MatrixView scaled(MatrixView matrix, float factor) {
        for (int i = 0; i < matrix.rows() * matrix.columns(); i++) {
            float value = Floats.get(matrix.data(), DType.F32, i);
            Floats.set(matrix.data(), DType.F32, i, value * factor);
        }
        return matrix;
    }
}
