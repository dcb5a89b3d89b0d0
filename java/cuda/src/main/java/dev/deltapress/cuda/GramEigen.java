package dev.deltapress.cuda;

import dev.deltapress.cuda.DeviceMatrix.Precision;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The eigenproblems of the Gram matrices of a batch, in fp64, one after the other: see
 * docs/decisions/0013-cuda-backend.md.
 *
 * @param values of each matrix, descending; zeros where it did not converge
 * @param all eigenvectors, in columns; fp64
 * @param converged whether values and vectors of a matrix are any
 */
@SuppressWarnings("ArrayRecordComponent") // read at once, never compared
record GramEigen(double[][] values, DeviceMatrix all, boolean[] converged) {

    /** Of A'A, or of AA'. */
    static GramEigen of(Worker worker, DeviceScope scope, DeviceMatrix a, boolean ofRows) {
        int n = ofRows ? a.rows() : a.columns();
        DeviceMatrix gram = scope.matrix(Precision.F64, n, n, a.batch());
        try (DeviceScope scratch = new DeviceScope(worker)) {
            DeviceMatrix wide = scratch.matrix(Precision.F64, a.rows(), a.columns(), a.batch());
            scratch.widen(a, wide);
            // Negated, so that ascending values are descending ones.
            worker.algebra().gram(-1, wide, ofRows, gram);
        }
        DeviceMatrix values = scope.matrix(Precision.F64, n, 1, a.batch());
        MemorySegment infos = scope.allocate((long) a.batch() * Integer.BYTES);
        for (int i = 0; i < a.batch(); i++) {
            MemorySegment info =
                    MemorySegment.ofAddress(infos.address() + (long) i * Integer.BYTES);
            worker.algebra().eigen(gram.one(i), values.one(i).data(), info);
        }
        int[] failed = scope.readInts(infos, a.batch());
        double[] negated = scope.readDoubles(values.data(), values.count());
        double[][] descending = new double[a.batch()][n];
        boolean[] converged = new boolean[a.batch()];
        for (int i = 0; i < a.batch(); i++) {
            converged[i] = failed[i] == 0;
            for (int j = 0; converged[i] && j < n; j++) {
                descending[i][j] = -negated[i * n + j];
            }
        }
        return new GramEigen(descending, gram, converged);
    }

    /** The leading vectors in fp32. */
    DeviceMatrix vectors(DeviceScope scope, int count) {
        DeviceMatrix narrow = scope.matrix(Precision.F32, all.rows(), count, all.batch());
        scope.narrow(all.columnRange(0, count), narrow);
        return narrow;
    }

    /** Singular values that the eigenvalues of a matrix are the squares of. */
    double[] roots(int matrix) {
        return Arrays.stream(values[matrix]).map(x -> Math.sqrt(Math.max(0, x))).toArray();
    }
}
