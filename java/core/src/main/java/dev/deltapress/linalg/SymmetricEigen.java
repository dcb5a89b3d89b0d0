package dev.deltapress.linalg;

import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * The symmetric eigenproblem A w = λ w in fp64: Householder tridiagonalisation, implicit QL, back
 * transformation. Eigenvalues are accurate to about n 2^-53 times the largest, and eigenvectors are
 * orthonormal to the same degree, however close the eigenvalues.
 */
public final class SymmetricEigen {

    private final Kernels kernels;

    public SymmetricEigen(Kernels kernels) {
        this.kernels = kernels;
    }

    /**
     * Eigenvalues with eigenvectors.
     *
     * @param values all n eigenvalues, descending
     * @param vectors row c is the unit eigenvector of value c; count x n, row-major
     */
    @SuppressWarnings("ArrayRecordComponent") // read at once, never compared
    public record Eigen(double[] values, double[] vectors) {}

    /**
     * All eigenvalues and the eigenvectors of the {@code count} largest.
     *
     * @param a n x n, row-major, finite; only the lower triangle is read; overwritten
     * @param count 0 to n
     */
    public Eigen decompose(double[] a, int n, int count) {
        double scale = scale(a, n);
        Tridiagonal t = new Tridiagonal(kernels, a, n);
        double[] z = new double[n * n];
        for (int i = 0; i < n; i++) {
            z[n * i + i] = 1;
        }
        RotationLog log = new RotationLog(kernels, z, n);
        ImplicitQl.run(t.diagonal(), t.subdiagonal(), log);
        log.apply();
        int[] order = descending(t.diagonal());
        double[] vectors = new double[count * n];
        for (int c = 0; c < count; c++) {
            System.arraycopy(z, n * order[c], vectors, n * c, n);
        }
        t.toEigenvectors(vectors);
        return new Eigen(sorted(t.diagonal(), order, scale), vectors);
    }

    /**
     * Brings the lower triangle to about 1 by a power of two, so that squares neither overflow nor
     * vanish.
     *
     * @return what eigenvalues are multiplied with to undo it
     */
    private static double scale(double[] a, int n) {
        double largest = 0;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j <= i; j++) {
                largest = Math.max(largest, Math.abs(a[n * i + j]));
            }
        }
        int exponent = largest == 0 ? 0 : Math.max(Math.getExponent(largest), -1000);
        if (exponent != 0) {
            double factor = Math.scalb(1.0, -exponent);
            for (int i = 0; i < a.length; i++) {
                a[i] *= factor;
            }
        }
        return Math.scalb(1.0, exponent);
    }

    /** Indices of the values from the largest to the smallest; equal ones keep their order. */
    private static int[] descending(double[] values) {
        return IntStream.range(0, values.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -values[i]))
                .mapToInt(i -> i)
                .toArray();
    }

    private static double[] sorted(double[] values, int[] order, double scale) {
        return IntStream.of(order).mapToDouble(i -> values[i] * scale).toArray();
    }
}
