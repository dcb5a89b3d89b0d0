package dev.deltapress.linalg;

import java.util.stream.IntStream;

/** Matrices that have broken SVDs before. */
enum SvdShape {
    WIDE(Samples.gaussian(20, 70, 1)),
    TALL(Samples.gaussian(70, 20, 2)),
    SQUARE(Samples.gaussian(41, 41, 3)),
    ONE_ROW(Samples.gaussian(1, 37, 4)),
    ONE_COLUMN(Samples.gaussian(37, 1, 5)),
    ONE_ELEMENT(Samples.of(1, 1, (i, j) -> -3)),
    NO_ROWS(Samples.gaussian(0, 5, 6)),
    NO_COLUMNS(Samples.gaussian(5, 0, 7)),
    ZERO(Samples.of(9, 14, (i, j) -> 0)),
    ONE_ENTRY(Samples.of(9, 14, (i, j) -> i == 4 && j == 11 ? -2 : 0)),
    ZERO_ROWS_AND_COLUMNS(Samples.of(30, 20, (i, j) -> i % 3 * (j % 2) * Math.sin(i * j + i))),
    IDENTITY(Samples.of(24, 24, (i, j) -> i == j ? 1 : 0)),
    NEGATIVE_PERMUTATION(Samples.of(16, 16, (i, j) -> j == (5 * i + 3) % 16 ? -1 : 0)),
    RANK_ONE(Samples.of(30, 18, (i, j) -> (i - 14) * (j + 1))),
    RANK_FIVE(Samples.withSpectrum(40, 60, new double[] {5, 4, 3, 2, 1}, 8)),
    REPEATED_VALUES(Samples.withSpectrum(33, 50, repeated(33), 9)),
    GRADED(Samples.withSpectrum(37, 45, graded(37), 10)),
    GRADED_DIAGONAL(Samples.of(37, 37, (i, j) -> i == j ? graded(37)[i] : 0)),
    GRADED_ROWS(Samples.of(37, 45, (i, j) -> graded(37)[36 - i] * Math.cos(i * i + j * (i + 1)))),
    HUGE(Samples.of(19, 23, (i, j) -> 1e30 * Math.cos(i * i + j * (i + 2)))),
    TINY(Samples.of(19, 23, (i, j) -> 1e-30 * Math.cos(i * i + j * (i + 2)))),
    SUBNORMAL(Samples.of(19, 23, (i, j) -> 1e-41 * Math.cos(i * i + j * (i + 2)))),
    DELTA(Samples.delta(60, 90, 11));

    @SuppressWarnings("ImmutableEnumChecker") // nobody writes to it
    private final Matrix matrix;

    SvdShape(Matrix matrix) {
        this.matrix = matrix;
    }

    Matrix matrix() {
        return matrix;
    }

    int shortSide() {
        return Math.min(matrix.rows(), matrix.columns());
    }

    private static double[] repeated(int n) {
        return IntStream.range(0, n).mapToDouble(i -> 3 - i / 11).toArray();
    }

    /** From 1 to 1e-12. */
    private static double[] graded(int n) {
        return IntStream.range(0, n).mapToDouble(i -> Math.pow(10, -12.0 * i / (n - 1))).toArray();
    }
}
