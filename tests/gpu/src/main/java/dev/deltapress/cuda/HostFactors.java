package dev.deltapress.cuda;

import dev.deltapress.backend.Backend.Factors;
import dev.deltapress.cuda.CudaSession.CudaFactors;
import dev.deltapress.linalg.Matrix;

import java.lang.foreign.Arena;

/**
 * Singular vectors of the cuda backend in host memory, which its interface does not show: for what
 * compares them with the Java backend's.
 *
 * @param ut left singular vectors in rows
 * @param vt right singular vectors in rows
 */
public record HostFactors(Matrix ut, Matrix vt) {

    /** Copies factors that a session of the cuda backend made. */
    public static HostFactors of(Arena arena, Factors factors) {
        CudaFactors ours = (CudaFactors) factors;
        return new HostFactors(
                downloaded(arena, ours, ours.ut()), downloaded(arena, ours, ours.vt()));
    }

    private static Matrix downloaded(Arena arena, CudaFactors factors, DeviceMatrix vectors) {
        // Columns there are rows here.
        Matrix matrix =
                Matrix.allocate(
                        arena, /* rows= */ vectors.columns(), /* columns= */ vectors.rows());
        factors.scope().download(vectors.data(), matrix.data());
        return matrix;
    }
}
