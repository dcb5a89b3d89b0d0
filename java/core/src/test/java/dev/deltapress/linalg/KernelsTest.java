package dev.deltapress.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

class KernelsTest {

    private static final Kernels SCALAR = Kernels.scalar();
    private static final List<Kernels> VECTORS = VectorWidths.all();

    /** 0, 1, either side of 2 to 32 lanes and of four vectors of them, primes, round sizes. */
    private static final int[] LENGTHS = {
        0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 63, 64, 65, 97, 127, 128, 129, 383
    };

    /** {m, k, n}: around tiles of 6 x 8, 6 x 16 and 6 x 32, panels of 256, blocks of 1024. */
    private static final int[][] PRODUCTS = {
        {0, 3, 4},
        {3, 0, 4},
        {3, 4, 0},
        {1, 1, 1},
        {5, 2, 7},
        {6, 8, 8},
        {6, 8, 16},
        {6, 8, 32},
        {7, 255, 9},
        {12, 256, 33},
        {13, 257, 31},
        {1, 521, 65},
        {17, 5, 1031},
        {37, 41, 43}
    };

    static Stream<Arguments> kernelsAndLengths() {
        return VECTORS.stream()
                .flatMap(k -> Arrays.stream(LENGTHS).mapToObj(n -> Arguments.of(k, n)));
    }

    static Stream<Arguments> kernelsAndProducts() {
        return VECTORS.stream().flatMap(k -> Arrays.stream(PRODUCTS).map(p -> Arguments.of(k, p)));
    }

    @Test
    void theWidthsUnderTestAreThree() {
        assertEquals(
                List.of("vector, 128 bits", "vector, 256 bits", "vector, 512 bits"),
                VECTORS.stream().map(Kernels::toString).toList());
    }

    @ParameterizedTest(name = "{0}, m k n = {1}")
    @MethodSource("kernelsAndProducts")
    void aProductEqualsTheScalarOneBitForBit(Kernels kernels, int[] mkn) {
        for (int transposes = 0; transposes < 4; transposes++) {
            boolean ta = (transposes & 1) != 0;
            boolean tb = (transposes & 2) != 0;
            Matrix a = Samples.gaussian(ta ? mkn[1] : mkn[0], ta ? mkn[0] : mkn[1], 1);
            Matrix b = Samples.gaussian(tb ? mkn[2] : mkn[1], tb ? mkn[1] : mkn[2], 2);
            Matrix expected = Samples.gaussian(mkn[0], mkn[2], 3); // what was there must not matter
            Matrix actual = Samples.gaussian(mkn[0], mkn[2], 4);

            SCALAR.multiply(a, ta, b, tb, expected);
            kernels.multiply(a, ta, b, tb, actual);

            assertArrayEquals(Samples.floats(expected), Samples.floats(actual));
        }
    }

    @ParameterizedTest(name = "{0}, {1} elements")
    @MethodSource("kernelsAndLengths")
    void aDotProductEqualsTheScalarOneBitForBit(Kernels kernels, int n) {
        double[] x = Samples.doubles(n + 3, 5);
        double[] y = Samples.doubles(n + 5, 6);

        assertEquals(SCALAR.dot(x, 3, y, 5, n), kernels.dot(x, 3, y, 5, n));
    }

    @ParameterizedTest(name = "{0}, {1} elements")
    @MethodSource("kernelsAndLengths")
    void anAxpyEqualsTheScalarOneBitForBitAndTouchesNothingElse(Kernels kernels, int n) {
        double[] x = Samples.doubles(n + 3, 7);
        double[] expected = Samples.doubles(n + 9, 8);
        double[] actual = expected.clone();

        SCALAR.axpy(0.37, x, 3, expected, 5, n);
        kernels.axpy(0.37, x, 3, actual, 5, n);

        assertArrayEquals(expected, actual);
    }

    @ParameterizedTest(name = "{0}, {1} rotations")
    @MethodSource("kernelsAndLengths")
    void aSweepOfRotationsEqualsTheScalarOneBitForBitAndTouchesNothingElse(Kernels kernels, int n) {
        double[] angles = Samples.doubles(n + 5, 9);
        double[] cosines = Arrays.stream(angles).map(Math::cos).toArray();
        double[] sines = Arrays.stream(angles).map(Math::sin).toArray();
        RotationSweep sweep = new RotationSweep(n + 2, n, cosines, sines, 3);
        double[] expected = Samples.doubles((n + 4) * Kernels.STRIP, 10);
        double[] actual = expected.clone();

        SCALAR.rotateRows(expected, sweep);
        kernels.rotateRows(actual, sweep);

        assertArrayEquals(expected, actual);
    }

    @Test
    void theScalarProductAgreesWithFp64() {
        int inner = 50;
        Matrix a = Samples.gaussian(7, inner, 11);
        Matrix b = Samples.gaussian(inner, 9, 12);
        Matrix c = Samples.gaussian(7, 9, 13);

        SCALAR.multiply(a, false, b, false, c);

        for (int i = 0; i < 7; i++) {
            for (int j = 0; j < 9; j++) {
                double sum = 0;
                double magnitudes = 0;
                for (int k = 0; k < inner; k++) {
                    sum += (double) a.get(i, k) * b.get(k, j);
                    magnitudes += Math.abs((double) a.get(i, k) * b.get(k, j));
                }
                // A sum of n fused steps errs by at most n u times the sum of magnitudes.
                assertEquals(sum, c.get(i, j), inner * Samples.U * magnitudes);
            }
        }
    }

    @Test
    void theScalarRotationsTurnTheRowsFromTheBottomUp() {
        double[] z = new double[3 * Kernels.STRIP];
        z[7] = 1;
        z[Kernels.STRIP + 7] = 2;
        z[2 * Kernels.STRIP + 7] = 4;
        double[] cosines = {0, 0.6};
        double[] sines = {1, 0.8};

        SCALAR.rotateRows(z, new RotationSweep(2, 2, cosines, sines, 0));

        // rows 1 and 2 become -4 and 2, then rows 0 and 1 become 0.6 + 3.2 and 0.8 - 2.4
        assertEquals(3.8, z[7], 1e-15);
        assertEquals(-1.6, z[Kernels.STRIP + 7], 1e-15);
        assertEquals(2, z[2 * Kernels.STRIP + 7], 1e-15);
    }

    @Test
    void shapesThatDoNotFitAreNamed() {
        Matrix a = Samples.gaussian(2, 3, 14);
        for (Kernels kernels : List.of(SCALAR, Kernels.best())) {
            var error =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> kernels.multiply(a, false, a, false, a));
            assertEquals("(2 x 3) times (2 x 3) does not give 2 x 3", error.getMessage());
        }
    }

    @Test
    void hugeAndTinyTermsKeepTheirBits() {
        Random random = new Random(15);
        double[] x =
                random.doubles(100).map(v -> Math.scalb(v, random.nextInt(2000) - 1000)).toArray();
        double[] y =
                random.doubles(100).map(v -> -Math.scalb(v, random.nextInt(80) - 40)).toArray();
        for (Kernels kernels : VECTORS) {
            assertEquals(SCALAR.dot(x, 0, y, 0, 100), kernels.dot(x, 0, y, 0, 100));
        }
    }
}
