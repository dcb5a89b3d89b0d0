package dev.deltapress.bench;

import dev.deltapress.linalg.Matrix;

import java.util.SplittableRandom;

/** Holds products against what {@code Kernels.multiply} promises, before they are timed. */
final class ProductCheck {
    private static final int SAMPLES = 1000;

    private ProductCheck() {}

    /**
     * Computes elements of C = op(A) op(B), chosen at random, by fused multiply-adds in increasing
     * order from +0.
     *
     * @throws IllegalStateException if a bit differs
     */
    static void requireSame(Matrix a, boolean transposeA, Matrix b, boolean transposeB, Matrix c) {
        SplittableRandom random = new SplittableRandom(1);
        int depth = transposeA ? a.rows() : a.columns();
        for (int sample = 0; sample < SAMPLES; sample++) {
            int i = random.nextInt(c.rows());
            int j = random.nextInt(c.columns());
            float expected = 0;
            for (int k = 0; k < depth; k++) {
                float left = transposeA ? a.get(k, i) : a.get(i, k);
                float right = transposeB ? b.get(j, k) : b.get(k, j);
                expected = Math.fma(left, right, expected);
            }
            if (c.get(i, j) != expected) {
                throw new IllegalStateException(
                        "element %d, %d: expected %s, got %s"
                                .formatted(i, j, expected, c.get(i, j)));
            }
        }
    }
}
