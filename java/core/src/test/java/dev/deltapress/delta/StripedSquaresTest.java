package dev.deltapress.delta;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.Random;

class StripedSquaresTest {

    /** The words of {@code dp_error_sums}, entry by entry. */
    @Test
    void additionsAreInTheOrderOfTheHeaderOverSeveralPieces() {
        int entries = (1 << 21) + 1234;
        float[] x = new float[entries];
        int[] at = new int[entries];
        double[][] stripes = new double[3][512];
        Random random = new Random(1);
        int count = 0;
        for (int i = 0; i < entries; i++) {
            if (random.nextInt(3) == 0) {
                x[count] = (float) random.nextGaussian();
                at[count] = i;
                stripes[i / (1 << 20)][i % 512] += (double) x[count] * x[count];
                count++;
            }
        }
        double expected = pairwise(stripes[0], 0, 1, 512) + pairwise(stripes[1], 0, 1, 512);
        expected += pairwise(stripes[2], 0, 1, 512);

        assertThat(StripedSquares.sum(x, at, count)).isEqualTo(expected);
        assertThat(StripedSquares.sum(x, at, 0)).isZero();
    }

    /** Stripes first, first + distance, ...; neighbours are added last. */
    private static double pairwise(double[] stripes, int first, int distance, int count) {
        if (count == 1) {
            return stripes[first];
        }
        return pairwise(stripes, first, 2 * distance, count / 2)
                + pairwise(stripes, first + distance, 2 * distance, count / 2);
    }
}
