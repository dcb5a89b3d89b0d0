package dev.deltapress.linalg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.ejml.simple.SimpleMatrix;
import org.junit.jupiter.api.Test;

import java.util.Random;

/** Against EJML's least squares over all elements of D. */
class DiagonalFitTest {
    private static final Kernels KERNELS = Kernels.scalar();

    @Test
    void theDiagonalIsThatOfLeastSquares() {
        Random random = new Random(7);
        SimpleMatrix d = SimpleMatrix.random_DDRM(9, 7, -1, 1, random);
        SimpleMatrix u = SimpleMatrix.random_DDRM(9, 5, -1, 1, random);
        SimpleMatrix v = SimpleMatrix.random_DDRM(7, 5, -1, 1, random);
        SimpleMatrix design = new SimpleMatrix(63, 5);
        for (int i = 0; i < 63; i++) {
            for (int k = 0; k < 5; k++) {
                design.set(i, k, u.get(i / 7, k) * v.get(i % 7, k));
            }
        }
        SimpleMatrix all = new SimpleMatrix(63, 1, true, d.getDDRM().data);
        SimpleMatrix expected = design.pseudoInverse().mult(all);

        double[] actual = solve(u, v, u.transpose().mult(d).mult(v));

        for (int k = 0; k < 5; k++) {
            assertThat(actual[k]).isCloseTo(expected.get(k), within(1e-7));
        }
    }

    @Test
    void equalComponentsShareAndEmptyOnesGetNothing() {
        SimpleMatrix u = new SimpleMatrix(new double[][] {{1, 1, 0}, {2, 2, 0}});
        SimpleMatrix v = new SimpleMatrix(new double[][] {{3, 3, 5}, {1, 1, 5}});
        SimpleMatrix d = new SimpleMatrix(new double[][] {{3, 1}, {6, 2}});

        double[] actual = solve(u, v, u.transpose().mult(d).mult(v));

        assertThat(actual[0]).isCloseTo(0.5, within(1e-7));
        assertThat(actual[1]).isCloseTo(0.5, within(1e-7));
        assertThat(actual[2]).isZero();
    }

    private static double[] solve(SimpleMatrix u, SimpleMatrix v, SimpleMatrix product) {
        double[] gramU = u.transpose().mult(u).getDDRM().data;
        double[] gramV = v.transpose().mult(v).getDDRM().data;
        double[] right = product.diag().getDDRM().data;
        return DiagonalFit.solve(KERNELS, gramU, gramV, right);
    }
}
