package dev.deltapress.linalg;

import java.lang.foreign.Arena;

/**
 * The symmetric eigenproblem A w = λ w: Householder tridiagonalisation, root-free QL for the
 * values, inverse iteration for the vectors, all in fp64; back transformation in fp32, as which
 * vectors are wanted. Eigenvalues are accurate to about n 2^-53 times the largest. Eigenvectors
 * have residuals of a small multiple of 2^-24 times the largest eigenvalue and are orthonormal to
 * the same degree, however close the eigenvalues.
 */
final class SymmetricEigen {

    private final Kernels kernels;

    SymmetricEigen(Kernels kernels) {
        this.kernels = kernels;
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

        /**
         * The eigenvectors of the count largest.
         *
         * @param arena owns the result
         * @return n x count; vector c is column c
         */
        Matrix vectors(Arena arena, int count) {
            Matrix vectors = Matrix.allocate(arena, n, count);
            eigen.vectors(kernels.team(), vectors);
            tridiagonal.toEigenvectors(vectors);
            return vectors;
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
