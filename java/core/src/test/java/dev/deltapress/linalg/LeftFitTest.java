package dev.deltapress.linalg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.ejml.simple.SimpleMatrix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.Arena;
import java.util.Random;

/** Against EJML's pseudoinverse. */
class LeftFitTest {

    @ParameterizedTest(name = "{0} x {1}, {2} components")
    @CsvSource({"9, 7, 5", "100, 40, 33", "31, 70, 1"})
    void theLeftFactorIsThatOfLeastSquares(int rows, int columns, int rank) {
        Random random = new Random(7);
        SimpleMatrix d = SimpleMatrix.random_DDRM(rows, columns, -1, 1, random);
        SimpleMatrix v = SimpleMatrix.random_DDRM(columns, rank, -1, 1, random);

        SimpleMatrix expected = d.mult(v.transpose().pseudoInverse());

        assertThat(distance(solve(d, v), expected.mult(v.transpose())))
                .isLessThan(1e-5 * d.normF());
    }

    @Test
    void equalComponentsShareAndEmptyOnesGetNothing() {
        Random random = new Random(8);
        SimpleMatrix d = SimpleMatrix.random_DDRM(12, 10, -1, 1, random);
        SimpleMatrix one = SimpleMatrix.random_DDRM(10, 1, -1, 1, random);
        SimpleMatrix zero = new SimpleMatrix(10, 1);
        SimpleMatrix v = one.combine(0, 1, one).combine(0, 2, zero).combine(0, 3, one.scale(-3));

        SimpleMatrix best = d.mult(one.transpose().pseudoInverse()).mult(one.transpose());

        assertThat(distance(solve(d, v), best)).isLessThan(1e-5 * d.normF());
    }

    private static double distance(SimpleMatrix a, SimpleMatrix b) {
        return a.minus(b).normF();
    }

    /** U diag(s) V' with V as it was brought to length 1; checks lengths. */
    private static SimpleMatrix solve(SimpleMatrix d, SimpleMatrix v) {
        try (Arena arena = Arena.ofConfined()) {
            Matrix vt = matrix(arena, v.transpose());
            Matrix ut = Matrix.allocate(arena, vt.rows(), d.getNumRows());
            float[] s = LeftFit.solve(Kernels.scalar(), matrix(arena, d), vt, ut);
            SimpleMatrix product = new SimpleMatrix(d.getNumRows(), d.getNumCols());
            for (int c = 0; c < s.length; c++) {
                double length = s[c] == 0 ? 0 : 1;
                assertThat(ut.squaredLength(c)).isCloseTo(length, within(1e-6));
                for (int i = 0; i < d.getNumRows(); i++) {
                    for (int j = 0; j < d.getNumCols(); j++) {
                        double term = (double) ut.get(c, i) * s[c] * vt.get(c, j);
                        product.set(i, j, product.get(i, j) + term);
                    }
                }
            }
            return product;
        }
    }

    private static Matrix matrix(Arena arena, SimpleMatrix from) {
        Matrix matrix = Matrix.allocate(arena, from.getNumRows(), from.getNumCols());
        for (int i = 0; i < from.getNumRows(); i++) {
            for (int j = 0; j < from.getNumCols(); j++) {
                matrix.set(i, j, (float) from.get(i, j));
            }
        }
        return matrix;
    }
}
