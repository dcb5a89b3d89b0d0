package dev.deltapress.panama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.deltapress.linalg.Kernels;
import dev.deltapress.linalg.Matrix;
import dev.deltapress.linalg.Svd;
import dev.deltapress.linalg.TruncatedSvd;
import dev.deltapress.parallel.Team;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Random;

/** OpenBLAS's products: right up to rounding, and the same for any number of threads. */
class OpenBlasKernelsTest {
    /** The artefact on the class path, or the system's. */
    private static final ProductChoice CHOICE = ProductChoice.of("openblas");

    @TempDir private Path dir;

    static {
        assumeFalse(CHOICE.failed(), CHOICE.description());
    }

    private static Matrix random(Arena arena, int rows, int columns, long seed) {
        Random random = new Random(seed);
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Matrix.copyOf(arena, rows, columns, values);
    }

    @ParameterizedTest(name = "{0} x {1} x {2}")
    @CsvSource({
        "1, 1, 1",
        "3, 0, 5",
        "0, 4, 2",
        "7, 13, 5",
        "513, 70, 1025",
        "600, 1030, 40",
        "1100, 33, 2100"
    })
    void productsAreThoseOfTheReferenceUpToRounding(int m, int k, int n) {
        try (Arena arena = Arena.ofShared();
                Team team = new Team(3)) {
            Kernels ours = CHOICE.kernels(team);
            Kernels reference = Kernels.best();
            for (int ops = 0; ops < 4; ops++) {
                boolean left = (ops & 1) != 0;
                boolean right = (ops & 2) != 0;
                Matrix a = left ? random(arena, k, m, 1) : random(arena, m, k, 1);
                Matrix b = right ? random(arena, n, k, 2) : random(arena, k, n, 2);
                Matrix found = random(arena, m, n, 3);
                Matrix expected = random(arena, m, n, 3);

                ours.subtractProduct(a, left, b, right, found);
                reference.subtractProduct(a, left, b, right, expected);
                requireNear(expected, found, k);

                ours.multiply(a, left, b, right, found);
                reference.multiply(a, left, b, right, expected);
                requireNear(expected, found, k);
            }
            Matrix a = random(arena, m, k, 4);
            Matrix b = random(arena, n, k, 5);
            Matrix found = random(arena, m, n, 6);
            Matrix expected = random(arena, m, n, 6);
            ours.innerProducts(a, b, found);
            reference.innerProducts(a, b, expected);
            requireNear(expected, found, k);
        }
    }

    /** Each sum of k products of numbers below 6 in magnitude errs by at most k roundings. */
    private static void requireNear(Matrix expected, Matrix found, int k) {
        for (int i = 0; i < expected.rows(); i++) {
            float[] left = expected.row(i);
            float[] right = found.row(i);
            for (int j = 0; j < left.length; j++) {
                assertThat(right[j])
                        .isCloseTo(
                                left[j],
                                within((float) ((k + 1.0) * 0x1p-23 * Math.sqrt(k + 1) * 6)));
            }
        }
    }

    @Test
    void theBytesOfAnSvdDoNotDependOnTheThreads() {
        try (Arena arena = Arena.ofShared()) {
            Matrix a = random(arena, 1500, 1100, 7);
            Svd first = svd(arena, a, 1);
            for (int threads : new int[] {2, 3, 1}) {
                Svd other = svd(arena, a, threads);
                assertThat(other.s()).isEqualTo(first.s());
                assertThat(other.ut().data().mismatch(first.ut().data())).isEqualTo(-1);
                assertThat(other.vt().data().mismatch(first.vt().data())).isEqualTo(-1);
            }
            Svd java = new TruncatedSvd(Kernels.best()).compute(arena, a, 40);
            for (int c = 0; c < 40; c++) {
                assertThat(first.s()[c]).isCloseTo(java.s()[c], within(java.s()[0] * 1e-3f));
            }
        }
    }

    private static Svd svd(Arena arena, Matrix a, int threads) {
        try (Team team = new Team(threads)) {
            return new TruncatedSvd(CHOICE.kernels(team)).compute(arena, a, 40);
        }
    }

    @Test
    void shapesThatDoNotFitAreRefused() {
        try (Arena arena = Arena.ofShared()) {
            Matrix two = Matrix.allocate(arena, 2, 2);
            Matrix three = Matrix.allocate(arena, 3, 3);
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () ->
                                    CHOICE.kernels(Team.alone())
                                            .multiply(two, false, three, false, two))
                    .withMessage("(2 x 2) times (3 x 3) does not give 2 x 2");
        }
    }

    @Test
    void oneThatIsNamedAndMissingIsNotReplaced() {
        Path missing = dir.resolve("libblas.so");
        ProductChoice choice = ProductChoice.of(missing.toString());

        assertThat(choice.failed()).isTrue();
        assertThatThrownBy(() -> choice.kernels(Team.alone()))
                .isInstanceOf(LibraryUnavailableException.class)
                .hasMessage(missing + ", which deltapress.products names, is no file");
    }
}
