package dev.deltapress.linalg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.deltapress.parallel.Team;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;

class KernelsTest {

    private static final Kernels SCALAR = Kernels.scalar();
    private static final List<Kernels> TWINS =
            Stream.concat(Stream.of(new LoopKernels(Team.alone())), VectorWidths.all().stream())
                    .toList();

    /** 0, 1, either side of 2 to 32 lanes and of four vectors of them, primes, round sizes. */
    private static final int[] LENGTHS = {
        0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 63, 64, 65, 97, 127, 128, 129, 383
    };

    /**
     * {m, k, n}: around tiles of 6 or 12 x 8 to 32, slices of 512, blocks of 384, chunks of 1024.
     */
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
        {11, 512, 32},
        {12, 513, 384},
        {25, 1023, 5},
        {13, 2049, 33},
        {7, 1025, 6},
        {17, 5, 1031},
        {37, 41, 43}
    };

    static Stream<Arguments> kernelsAndLengths() {
        return TWINS.stream()
                .flatMap(k -> Arrays.stream(LENGTHS).mapToObj(n -> Arguments.of(k, n)));
    }

    static Stream<Arguments> kernelsAndProducts() {
        return TWINS.stream().flatMap(k -> Arrays.stream(PRODUCTS).map(p -> Arguments.of(k, p)));
    }

    @Test
    void theTwinsUnderTestAreLoopsAndThreeWidths() {
        assertEquals(
                List.of("loops", "vector, 128 bits", "vector, 256 bits", "vector, 512 bits"),
                TWINS.stream().map(Kernels::toString).toList());
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

    @ParameterizedTest(name = "{0}, m k n = {1}")
    @MethodSource("kernelsAndProducts")
    void aProductWithZerosEqualsTheScalarOneBitForBit(Kernels kernels, int[] mkn) {
        for (double share : new double[] {0, 0.5, 1}) {
            Random random = new Random(9);
            Matrix at =
                    Samples.of(
                            mkn[1],
                            mkn[0],
                            (k, i) -> random.nextDouble() < share ? random.nextGaussian() : 0);
            Matrix b = Samples.gaussian(mkn[1], mkn[2], 2);
            Matrix expected = Samples.gaussian(mkn[0], mkn[2], 3);

            SCALAR.multiply(at, true, b, false, expected);

            assertArrayEquals(Samples.floats(expected), blocks(kernels.sparseProduct(at, b), mkn));
            assertArrayEquals(Samples.floats(expected), blocks(SCALAR.sparseProduct(at, b), mkn));
        }
    }

    /** All of a product, three rows at a time. */
    private static float[] blocks(SparseProduct product, int[] mkn) {
        float[] all = new float[mkn[0] * mkn[2]];
        for (int block = 0; block * SparseProduct.WIDTH < mkn[2]; block++) {
            int width = SparseProduct.width(block, mkn[2]);
            for (int row = 0; row < mkn[0]; row += 3) {
                int rows = Math.min(3, mkn[0] - row);
                float[] c = new float[rows * width];
                product.multiply(row, rows, block, c);
                for (int i = 0; i < rows; i++) {
                    int to = (row + i) * mkn[2] + block * SparseProduct.WIDTH;
                    System.arraycopy(c, i * width, all, to, width);
                }
            }
        }
        return all;
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

    @ParameterizedTest(name = "{0}, m k n = {1}")
    @MethodSource("kernelsAndProducts")
    void aSubtractedProductEqualsTheScalarOneBitForBit(Kernels kernels, int[] mkn) {
        for (int transposes = 0; transposes < 4; transposes++) {
            boolean ta = (transposes & 1) != 0;
            boolean tb = (transposes & 2) != 0;
            Matrix a = Samples.gaussian(ta ? mkn[1] : mkn[0], ta ? mkn[0] : mkn[1], 1);
            Matrix b = Samples.gaussian(tb ? mkn[2] : mkn[1], tb ? mkn[1] : mkn[2], 2);
            Matrix expected = Samples.gaussian(mkn[0], mkn[2], 3);
            Matrix actual = Samples.gaussian(mkn[0], mkn[2], 3);

            SCALAR.subtractProduct(a, ta, b, tb, expected);
            kernels.subtractProduct(a, ta, b, tb, actual);

            assertArrayEquals(Samples.floats(expected), Samples.floats(actual));
        }
    }

    @ParameterizedTest(name = "{0}, m k n = {1}")
    @MethodSource("kernelsAndProducts")
    void innerProductsEqualTheScalarOnesBitForBit(Kernels kernels, int[] mkn) {
        Matrix a = Samples.gaussian(mkn[0], mkn[1], 1);
        Matrix b = Samples.gaussian(mkn[2], mkn[1], 2);
        Matrix expected = Samples.gaussian(mkn[0], mkn[2], 3);
        Matrix actual = Samples.gaussian(mkn[0], mkn[2], 4);

        SCALAR.innerProducts(a, b, expected);
        kernels.innerProducts(a, b, actual);

        assertArrayEquals(Samples.floats(expected), Samples.floats(actual));
    }

    @ParameterizedTest(name = "{0}, m k n = {1}")
    @MethodSource("kernelsAndProducts")
    void wideInnerProductsEqualTheScalarOnesAndTouchNothingElse(Kernels kernels, int[] mkn) {
        Matrix a = Samples.gaussian(mkn[0], mkn[1], 1);
        for (Matrix b : List.of(Samples.gaussian(mkn[2], mkn[1], 2), a)) {
            int stride = b.rows() + 3;
            double[] expected = Samples.doubles(5 + stride * a.rows(), 8);
            double[] actual = expected.clone();

            SCALAR.wideInnerProducts(a, b, expected, 5, stride);
            kernels.wideInnerProducts(a, b, actual, 5, stride);

            assertArrayEquals(expected, actual);
        }
    }

    @ParameterizedTest(name = "{0}, {1} rows")
    @MethodSource("kernelsAndLengths")
    void aPassOfReductionEqualsTheScalarOneBitForBit(Kernels kernels, int n) {
        int size = n + 3;
        double[] w = Samples.doubles(size, 9);
        for (int[] rows : new int[][] {{n + 2, n + 1}, {n + 2, 0}, {0, n + 1}, {0, 0}}) {
            double[] expected = Samples.doubles(size * size, 10);
            double[] actual = expected.clone();
            double[] expectedSums = Samples.doubles(size, 11);
            double[] actualSums = expectedSums.clone();

            SCALAR.reduceRows(expected, size, rows[0], w, rows[1], expectedSums, n / 3, n);
            kernels.reduceRows(actual, size, rows[0], w, rows[1], actualSums, n / 3, n);

            assertArrayEquals(expected, actual);
            assertArrayEquals(expectedSums, actualSums);
        }
    }

    static Stream<Function<Team, Kernels>> onATeam() {
        return Stream.of(LoopKernels::new, VectorKernels::new, AdaptiveKernels::new);
    }

    @ParameterizedTest
    @MethodSource("onATeam")
    void productsAreTheSameBitsForEveryNumberOfThreads(Function<Team, Kernels> kernels) {
        Matrix a = Samples.gaussian(211, 700, 16);
        Matrix b = Samples.gaussian(700, 801, 17);
        Matrix c = Samples.gaussian(93, 700, 18);
        List<float[]> expected = products(kernels.apply(Team.alone()), a, b, c);
        for (int threads : new int[] {2, 4, 5}) {
            try (Team team = new Team(threads)) {
                assertThat(products(kernels.apply(team), a, b, c))
                        .usingRecursiveComparison()
                        .isEqualTo(expected);
            }
        }
    }

    private static List<float[]> products(Kernels kernels, Matrix a, Matrix b, Matrix c) {
        Matrix product = Samples.gaussian(a.rows(), b.columns(), 19);
        Matrix inner = Samples.gaussian(a.rows(), c.rows(), 20);
        double[] gram = new double[a.rows() * a.rows()];
        kernels.multiply(a, false, b, false, product);
        kernels.innerProducts(a, c, inner);
        kernels.wideInnerProducts(a, a, gram, 0, a.rows());
        float[] highParts = new float[gram.length];
        float[] lowParts = new float[gram.length];
        for (int i = 0; i < gram.length; i++) {
            highParts[i] = (float) gram[i];
            lowParts[i] = (float) (gram[i] - highParts[i]);
        }
        return List.of(Samples.floats(product), Samples.floats(inner), highParts, lowParts);
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
    void theScalarInnerProductsAgreeWithFp64() {
        int inner = 2 * Kernels.INNER_CHUNK + 50;
        Matrix a = Samples.gaussian(3, inner, 23);
        Matrix b = Samples.gaussian(2, inner, 24);
        Matrix c = Samples.gaussian(3, 2, 25);
        double[] wide = new double[6];

        SCALAR.innerProducts(a, b, c);
        SCALAR.wideInnerProducts(a, b, wide, 0, 2);

        for (int i = 0; i < 3; i++) {
            for (int j = 0; j < 2; j++) {
                double sum = 0;
                double magnitudes = 0;
                for (int k = 0; k < inner; k++) {
                    sum += (double) a.get(i, k) * b.get(j, k);
                    magnitudes += Math.abs((double) a.get(i, k) * b.get(j, k));
                }
                assertEquals(sum, c.get(i, j), inner * Samples.U * magnitudes);
                assertEquals(sum, wide[2 * i + j], inner * 0x1p-53 * magnitudes);
            }
        }
    }

    @Test
    void theScalarReductionIsThatOfTheFormula() {
        // rows 0 to 2 of a symmetric matrix, v in row 3, u in row 4
        double[] a = Samples.doubles(25, 26);
        double[] w = Samples.doubles(5, 27);
        double[] sums = new double[3];
        double[][] updated = new double[3][3];
        for (int i = 0; i < 3; i++) {
            for (int j = 0; j <= i; j++) {
                updated[i][j] = a[5 * i + j] - a[15 + i] * w[j] - w[i] * a[15 + j];
                updated[j][i] = updated[i][j];
            }
        }
        double[] u = {a[20], a[21], a[22]};

        SCALAR.reduceRows(a, 5, 3, w, 4, sums, 0, 3);

        for (int i = 0; i < 3; i++) {
            double expected = 0;
            for (int j = 0; j < 3; j++) {
                expected += updated[i][j] * u[j];
                assertEquals(updated[i][j], a[5 * Math.max(i, j) + Math.min(i, j)], 1e-15);
            }
            assertEquals(expected, sums[i], 1e-15);
        }
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
        for (Kernels kernels : TWINS) {
            assertEquals(SCALAR.dot(x, 0, y, 0, 100), kernels.dot(x, 0, y, 0, 100));
        }
    }
}
