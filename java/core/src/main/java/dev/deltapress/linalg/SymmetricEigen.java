package dev.deltapress.linalg;

import java.lang.foreign.Arena;

/**
 * The symmetric eigenproblem A w = λ w in fp64: Householder tridiagonalisation, root-free QL for
 * the values, inverse iteration for the vectors, back transformation. Eigenvalues are accurate to
 * about n 2^-53 times the largest, and eigenvectors are orthonormal to the same degree, however
 * close the eigenvalues.
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
        Reduced reduced = reduce(a, n);
        return new Eigen(reduced.values(), reduced.vectors(count));
    }

    /**
     * Computes the eigenvalues, and keeps what eigenvectors can be computed from.
     *
     * @param a n x n, row-major, finite; only the lower triangle is read; overwritten and kept
     */
    Reduced reduce(double[] a, int n) {
        return new Reduced(a, n);
    }

    /** A matrix whose eigenvalues are known. */
    final class Reduced {
        private final int n;
        private final Tridiagonal tridiagonal;
        private final TridiagonalEigen eigen;
        private final double[] values;

        private Reduced(double[] a, int n) {
            this.n = n;
            double scale = scale(a, n);
            this.tridiagonal = new Tridiagonal(kernels, a, n);
            this.eigen = new TridiagonalEigen(tridiagonal.diagonal(), tridiagonal.subdiagonal());
            this.values = eigen.values();
            for (int i = 0; i < n; i++) {
                values[i] *= scale;
            }
        }

        /** All n eigenvalues, descending; not a copy. */
        double[] values() {
            return values;
        }

        /** The eigenvectors of the count largest: count x n, row-major. */
        double[] vectors(int count) {
            double[] vectors = eigen.vectors(count);
            orthonormalise(vectors, count, n);
            tridiagonal.toEigenvectors(vectors);
            return vectors;
        }
    }

    /**
     * Makes nearly orthonormal rows orthonormal to fp64: one step of Gram-Schmidt, taking from each
     * row its parts along earlier ones, of which second order is beyond fp64. These small parts
     * need only fp32 accuracy, for which a row is a sum of two fp32 numbers.
     */
    private void orthonormalise(double[] w, int count, int n) {
        try (Arena arena = Arena.ofShared()) {
            Matrix high = Matrix.allocate(arena, count, n);
            Matrix low = Matrix.allocate(arena, count, n);
            for (int i = 0; i < count; i++) {
                float[] rounded = new float[n];
                float[] rest = new float[n];
                for (int j = 0; j < n; j++) {
                    rounded[j] = (float) w[n * i + j];
                    rest[j] = (float) (w[n * i + j] - rounded[j]);
                }
                high.setRow(i, rounded);
                low.setRow(i, rest);
            }
            double[] gram = new double[Math.multiplyExact(count, count)];
            kernels.wideInnerProducts(high, high, gram, 0, count);
            Matrix cross = Matrix.allocate(arena, count, count);
            kernels.innerProducts(high, low, cross);
            Matrix parts = Matrix.allocate(arena, count, count);
            for (int i = 0; i < count; i++) {
                for (int j = 0; j <= i; j++) {
                    double inner = gram[count * i + j] + cross.get(i, j) + cross.get(j, i);
                    parts.set(i, j, (float) (i == j ? (inner - 1) / 2 : inner));
                }
            }
            kernels.multiply(parts, false, high, false, low);
            for (int i = 0; i < count; i++) {
                float[] part = low.row(i);
                for (int j = 0; j < n; j++) {
                    w[n * i + j] -= part[j];
                }
            }
        }
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
}
