package dev.deltapress.bench;

import dev.deltapress.linalg.Kernels;
import dev.deltapress.linalg.Matrix;
import dev.deltapress.linalg.Svd;

import java.lang.foreign.Arena;

/** How far factors are from the matrix that they stand for, by multiplying them out. */
final class Reconstruction {

    private Reconstruction() {}

    /** ‖A - U S Vᵀ‖ / ‖A‖ in the Frobenius norm; the product in fp32, the sums in fp64. */
    static double relativeError(Kernels kernels, Matrix a, Svd svd) {
        try (Arena arena = Arena.ofShared()) {
            Matrix svt = Matrix.allocate(arena, svd.rank(), a.columns());
            for (int c = 0; c < svd.rank(); c++) {
                for (int j = 0; j < a.columns(); j++) {
                    svt.set(c, j, svd.s()[c] * svd.vt().get(c, j));
                }
            }
            Matrix product = Matrix.allocate(arena, a.rows(), a.columns());
            kernels.multiply(svd.ut(), true, svt, false, product);
            double error = 0;
            double energy = 0;
            for (int i = 0; i < a.rows(); i++) {
                for (int j = 0; j < a.columns(); j++) {
                    double value = a.get(i, j);
                    double difference = value - product.get(i, j);
                    energy += value * value;
                    error += difference * difference;
                }
            }
            return Math.sqrt(error / energy);
        }
    }
}
