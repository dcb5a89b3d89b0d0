package dev.deltapress.linalg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

class SymmetricEigenTest {

    static Stream<Arguments> kernelsAndMatrices() {
        return Stream.of(Kernels.scalar(), Kernels.best())
                .flatMap(k -> matrices().map(m -> Arguments.of(k, m.name, m.a)));
    }

    private record Named(String name, DMatrixRMaj a) {}

    private static Stream<Named> matrices() {
        return Stream.of(
                new Named("empty", new DMatrixRMaj(0, 0)),
                new Named("one by one", new DMatrixRMaj(1, 1, true, -3)),
                new Named("two by two", new DMatrixRMaj(2, 2, true, 1, 2, 2, 1)),
                new Named("zero", new DMatrixRMaj(5, 5)),
                new Named("identity", CommonOps_DDRM.identity(33)),
                new Named("random", symmetric(61, 1, 1)),
                new Named("random, one more than four vectors", symmetric(33, 1, 2)),
                new Named("huge", symmetric(20, 1e300, 3)),
                new Named("tiny", symmetric(20, 1e-300, 4)),
                new Named("diagonal", CommonOps_DDRM.diag(3, -1, 0, 7, 7)),
                new Named("all ones", filled(40)),
                new Named("graded", graded(30)));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("kernelsAndMatrices")
    void eigenvaluesAreThoseOfTheOracle(Kernels kernels, String name, DMatrixRMaj a) {
        double[] values = new SymmetricEigen(kernels).reduce(a.data.clone(), a.numRows).values();

        assertThat(values)
                .hasSize(a.numRows)
                .isSortedAccordingTo(Comparator.<Double>reverseOrder());
        double[] expected = oracle(a);
        for (int i = 0; i < values.length; i++) {
            assertThat(values[i]).isCloseTo(expected[i], within(bound(a)));
        }
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("kernelsAndMatrices")
    void eigenvectorsDiagonaliseAndAreOrthonormal(Kernels kernels, String name, DMatrixRMaj a) {
        int n = a.numRows;
        var reduced = new SymmetricEigen(kernels).reduce(a.data.clone(), n);

        DMatrixRMaj w = new DMatrixRMaj(n, n, true, vectors(reduced, n));
        DMatrixRMaj gram = new DMatrixRMaj(n, n);
        CommonOps_DDRM.multTransB(w, w, gram);
        CommonOps_DDRM.subtractEquals(gram, CommonOps_DDRM.identity(n));
        assertThat(maxAbs(gram)).isLessThanOrEqualTo(vectorBound(n));

        DMatrixRMaj wa = new DMatrixRMaj(n, n);
        CommonOps_DDRM.mult(w, a, wa);
        CommonOps_DDRM.multRows(reduced.values(), w);
        CommonOps_DDRM.subtractEquals(wa, w);
        assertThat(maxAbs(wa)).isLessThanOrEqualTo(vectorBound(n) * maxAbs(a) * Math.max(1, n));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("kernelsAndMatrices")
    void theLeadingVectorsDoNotDependOnHowManyAreAskedFor(
            Kernels kernels, String name, DMatrixRMaj a) {
        int n = a.numRows;
        var reduced = new SymmetricEigen(kernels).reduce(a.data.clone(), n);

        double[] all = vectors(reduced, n);

        assertThat(vectors(reduced, n / 2)).containsExactly(Arrays.copyOf(all, n / 2 * n));
    }

    /** Eigenvectors as rows. */
    private static double[] vectors(SymmetricEigen.Reduced reduced, int count) {
        try (Arena arena = Arena.ofConfined()) {
            Matrix columns = reduced.vectors(arena, count);
            int n = columns.rows();
            double[] rows = new double[count * n];
            for (int i = 0; i < n; i++) {
                for (int c = 0; c < count; c++) {
                    rows[n * c + i] = columns.get(i, c);
                }
            }
            return rows;
        }
    }

    /** The rounding of unit vectors to fp32, and n fused multiply-adds by reflectors. */
    private static double vectorBound(int n) {
        return (n + 2) * Samples.U;
    }

    /** n u ‖A‖, the usual bound of a backward stable method, with a factor for its constant. */
    private static double bound(DMatrixRMaj a) {
        return unitBound(a.numRows) * maxAbs(a) * Math.max(1, a.numRows);
    }

    private static double unitBound(int n) {
        return 10 * n * 0x1p-53;
    }

    private static double maxAbs(DMatrixRMaj m) {
        return m.data.length == 0 ? 0 : CommonOps_DDRM.elementMaxAbs(m);
    }

    private static double[] oracle(DMatrixRMaj a) {
        int n = a.numRows;
        if (n == 0) {
            return new double[0];
        }
        var eigen = DecompositionFactory_DDRM.eig(n, false, true);
        assertThat(eigen.decompose(a.copy())).isTrue();
        return IntStream.range(0, n)
                .mapToDouble(i -> -eigen.getEigenvalue(i).getReal())
                .sorted()
                .map(negated -> -negated)
                .toArray();
    }

    private static DMatrixRMaj symmetric(int n, double scale, long seed) {
        Random random = new Random(seed);
        DMatrixRMaj a = new DMatrixRMaj(n, n);
        for (int i = 0; i < n; i++) {
            for (int j = 0; j <= i; j++) {
                a.set(i, j, scale * random.nextGaussian());
                a.set(j, i, a.get(i, j));
            }
        }
        return a;
    }

    private static DMatrixRMaj filled(int n) {
        DMatrixRMaj a = new DMatrixRMaj(n, n);
        CommonOps_DDRM.fill(a, 1);
        return a;
    }

    /** Entries fall from 1 to 1e-29 along both sides. */
    private static DMatrixRMaj graded(int n) {
        DMatrixRMaj a = symmetric(n, 1, 5);
        double[] scale = IntStream.range(0, n).mapToDouble(i -> Math.pow(10, -i / 2.0)).toArray();
        CommonOps_DDRM.multRows(scale, a);
        CommonOps_DDRM.multCols(a, scale);
        return a;
    }
}
