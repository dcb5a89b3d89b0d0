package dev.deltapress.onnx.embedding;

/** How far apart two sets of embeddings are. */
public final class Distances {
    private Distances() {}

    /**
     * Mean of {@code 1 - cos(a[i], b[i])} over all rows, in [0, 2]; NaN if any row holds a NaN or
     * is all zero. Rows need not be normalised.
     *
     * @param a rows x width, at least one row
     * @param b of the same shape
     * @throws IllegalArgumentException if the shapes differ or there are no rows
     */
    public static double meanCosineDistance(float[][] a, float[][] b) {
        if (a.length != b.length || a.length == 0) {
            throw new IllegalArgumentException(
                    "expected as many embeddings, at least one: %d and %d"
                            .formatted(a.length, b.length));
        }
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += 1 - cosine(a[i], b[i]);
        }
        return sum / a.length;
    }

    private static double cosine(float[] a, float[] b) {
        return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
    }

    private static double dot(float[] a, float[] b) {
        if (a.length != b.length) {
            throw new IllegalArgumentException(
                    "expected equal widths: %d and %d".formatted(a.length, b.length));
        }
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }
}
