package dev.deltapress.linalg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.NormOps_DDRM;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.stream.Stream;

class ThinQrTest {

    /** What {@link ThinQr#orthonormalise} promises. */
    private static final double ORTHONORMAL = 0x1p-21;

    /** Matrices with their rank. */
    enum Rows {
        GAUSSIAN(Samples.gaussian(23, 80, 1), 23),
        SQUARE(Samples.gaussian(40, 40, 2), 40),
        ONE_ROW(Samples.gaussian(1, 9, 3), 1),
        ONE_ELEMENT(Samples.gaussian(1, 1, 4), 1),
        NONE(Samples.gaussian(0, 7, 5), 0),
        ZERO(Samples.of(6, 11, (i, j) -> 0), 0),
        FIRST_ROW_ZERO(Samples.of(6, 11, (i, j) -> i == 0 ? 0 : Math.sin(1 + i * i + j * i)), 5),
        ALL_ROWS_EQUAL(Samples.of(7, 13, (i, j) -> j - 6), 1),
        RANK_THREE(Samples.withSpectrum(20, 50, new double[] {3, 2, 1}, 6), 3),
        NEARLY_DEPENDENT(Samples.of(5, 30, (i, j) -> 1 + 1e-4 * Math.cos(i * j + i)), 5),
        GRADED(Samples.of(12, 40, (i, j) -> Math.pow(10, -i) * Math.cos(i + 3 * j + i * j)), 12),
        HUGE(Samples.of(5, 20, (i, j) -> 1e30 * Math.cos(i * i + j * (i + 2))), 5),
        SUBNORMAL(Samples.of(5, 20, (i, j) -> 1e-42 * Math.cos(i * i + j * (i + 2))), 5);

        @SuppressWarnings("ImmutableEnumChecker") // tests work on copies
        private final Matrix matrix;

        private final int rank;

        Rows(Matrix matrix, int rank) {
            this.matrix = matrix;
            this.rank = rank;
        }

        Matrix copy() {
            return Samples.of(matrix.rows(), matrix.columns(), matrix::get);
        }
    }

    static Stream<Arguments> kernelsAndRows() {
        return Stream.of(Kernels.scalar(), Kernels.best())
                .flatMap(k -> Stream.of(Rows.values()).map(r -> Arguments.of(k, r)));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("kernelsAndRows")
    void rowsComeOutOrthonormal(Kernels kernels, Rows rows) {
        Matrix q = rows.copy();

        new ThinQr(kernels).orthonormalise(q);

        assertThat(Samples.deviationFromOrthonormal(q)).isLessThanOrEqualTo(ORTHONORMAL);
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("kernelsAndRows")
    void theRowsThatWentInLieInTheSpanOfThoseThatCameOut(Kernels kernels, Rows rows) {
        Matrix q = rows.copy();

        new ThinQr(kernels).orthonormalise(q);

        // Rounding q and the products that made it: n u times the length of the row, per row.
        DMatrixRMaj a = Samples.wide(rows.matrix);
        DMatrixRMaj rest = a.copy();
        DMatrixRMaj coefficients = new DMatrixRMaj(a.numRows, a.numRows);
        CommonOps_DDRM.multTransB(a, Samples.wide(q), coefficients);
        CommonOps_DDRM.multAdd(-1, coefficients, Samples.wide(q), rest);
        for (int i = 0; i < a.numRows; i++) {
            double length = length(a, i);
            assertThat(length(rest, i)).isLessThanOrEqualTo(a.numCols * Samples.U * length);
        }
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("kernelsAndRows")
    void theLengthsBeforeAreReported(Kernels kernels, Rows rows) {
        double[] lengths = new ThinQr(kernels).orthonormalise(rows.copy());

        assertThat(lengths).hasSize(rows.matrix.rows());
        for (int i = 0; i < lengths.length; i++) {
            double expected = length(Samples.wide(rows.matrix), i);
            assertThat(lengths[i]).isCloseTo(expected, within(1e-14 * expected));
        }
    }

    @ParameterizedTest
    @EnumSource(Rows.class)
    void bothRoutesGiveTheSameLeadingRows(Rows rows) {
        Matrix cholesky = rows.copy();
        Matrix householder = rows.copy();

        new ThinQr(Kernels.best()).orthonormalise(cholesky);
        new HouseholderQr(Kernels.best()).orthonormalise(householder);

        // Dependent rows leave nothing but noise to agree on; independent ones fix Q, sign and all,
        // up to the condition number of the sample (1e5 for the nearly dependent one).
        boolean independent = rows.rank == rows.matrix.rows();
        double bound = rows == Rows.NEARLY_DEPENDENT ? 1e5 * Samples.U : 100 * Samples.U;
        for (int i = 0; independent && i < rows.rank; i++) {
            for (int j = 0; j < rows.matrix.columns(); j++) {
                assertThat(cholesky.get(i, j))
                        .isCloseTo(householder.get(i, j), within((float) bound));
            }
        }
    }

    @Test
    void moreRowsThanColumnsAreRefused() {
        Matrix tall = Samples.gaussian(3, 2, 7);
        assertThatThrownBy(() -> new ThinQr(Kernels.best()).orthonormalise(tall))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("3 rows of length 2 cannot be orthonormal");
    }

    private static double length(DMatrixRMaj m, int row) {
        return NormOps_DDRM.normF(CommonOps_DDRM.extractRow(m, row, null));
    }
}
