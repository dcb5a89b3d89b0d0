package dev.deltapress.cuda;

import static jcuda.jcublas.cublasDiagType.CUBLAS_DIAG_NON_UNIT;
import static jcuda.jcublas.cublasFillMode.CUBLAS_FILL_MODE_LOWER;
import static jcuda.jcublas.cublasOperation.CUBLAS_OP_N;
import static jcuda.jcublas.cublasOperation.CUBLAS_OP_T;
import static jcuda.jcublas.cublasSideMode.CUBLAS_SIDE_RIGHT;
import static jcuda.jcusolver.cusolverEigMode.CUSOLVER_EIG_MODE_VECTOR;

import dev.deltapress.cuda.DeviceMatrix.Precision;
import dev.deltapress.panama.DeviceBuffer;
import dev.deltapress.panama.DeviceStream;

import jcuda.Pointer;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasHandle;
import jcuda.jcusolver.JCusolverDn;
import jcuda.jcusolver.cusolverDnHandle;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The dense algebra of one worker: cuBLAS and cuSOLVER on its stream, each call checked. Work is
 * queued; whether a factorisation converged stands in device memory. Matrices may be batches of as
 * many; a single one goes to the calls for one, which know larger sizes.
 *
 * <p>fp32 products are fp32: TF32 keeps 10 bits of a factor, which the accuracy of the SVD does not
 * allow.
 */
final class DenseAlgebra implements AutoCloseable {
    /** Elements of a call that counts them in an int. */
    private static final long MOST_ELEMENTS = 1 << 30;

    private final DevicePool pool;
    private final BatchedAlgebra batches;
    private final cublasHandle blas = new cublasHandle();
    private final cusolverDnHandle solver = new cusolverDnHandle();

    /** Handles that were made: of a failed call JCuda keeps whatever lay in its memory. */
    private boolean hasBlas;

    private boolean hasSolver;
    private final Arena constants = Arena.ofShared();
    private final MemorySegment scalars = constants.allocate(ValueLayout.JAVA_DOUBLE, 2);

    DenseAlgebra(DeviceStream stream, DevicePool pool, Staging staging) {
        this.pool = pool;
        this.batches = new BatchedAlgebra(blas, solver, pool, staging);
        try {
            NvidiaStatus.blas("cublasCreate", JCublas2.cublasCreate(blas));
            hasBlas = true;
            NvidiaStatus.blas(
                    "cublasSetStream", JCublas2.cublasSetStream(blas, JCudaTypes.stream(stream)));
            NvidiaStatus.solver("cusolverDnCreate", JCusolverDn.cusolverDnCreate(solver));
            hasSolver = true;
            NvidiaStatus.solver(
                    "cusolverDnSetStream",
                    JCusolverDn.cusolverDnSetStream(solver, JCudaTypes.stream(stream)));
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** C = alpha op(A) op(B) + beta C, all of one precision. */
    void multiply(
            double alpha,
            DeviceMatrix a,
            boolean transposeA,
            DeviceMatrix b,
            boolean transposeB,
            double beta,
            DeviceMatrix c) {
        int inner = transposeA ? a.rows() : a.columns();
        require(c.rows() == (transposeA ? a.columns() : a.rows()), "rows", a, b, c);
        require(c.columns() == (transposeB ? b.rows() : b.columns()), "columns", a, b, c);
        require(inner == (transposeB ? b.columns() : b.rows()), "the inner side", a, b, c);
        require(a.precision() == c.precision() && b.precision() == c.precision(), "types", a, b, c);
        require(a.batch() == c.batch() && b.batch() == c.batch(), "batches", a, b, c);
        if (c.rows() == 0 || c.columns() == 0 || inner == 0) {
            return;
        }
        int opA = transposeA ? CUBLAS_OP_T : CUBLAS_OP_N;
        int opB = transposeB ? CUBLAS_OP_T : CUBLAS_OP_N;
        Pointer times = scalar(c.precision(), 0, alpha);
        Pointer plus = scalar(c.precision(), 1, beta);
        if (c.batch() > 1) {
            batches.multiply(times, a, opA, b, opB, inner, plus, c);
        } else if (c.precision() == Precision.F32) {
            NvidiaStatus.blas(
                    "cublasSgemm",
                    JCublas2.cublasSgemm(
                            blas,
                            opA,
                            opB,
                            c.rows(),
                            c.columns(),
                            inner,
                            times,
                            at(a),
                            a.stride(),
                            at(b),
                            b.stride(),
                            plus,
                            at(c),
                            c.stride()));
        } else {
            NvidiaStatus.blas(
                    "cublasDgemm",
                    JCublas2.cublasDgemm(
                            blas,
                            opA,
                            opB,
                            c.rows(),
                            c.columns(),
                            inner,
                            times,
                            at(a),
                            a.stride(),
                            at(b),
                            b.stride(),
                            plus,
                            at(c),
                            c.stride()));
        }
    }

    /** The lower triangle of C = alpha A'A, or of alpha AA', in fp64. */
    void gram(double alpha, DeviceMatrix a, boolean ofRows, DeviceMatrix c) {
        int inner = ofRows ? a.columns() : a.rows();
        require(c.rows() == (ofRows ? a.rows() : a.columns()), "rows", a, a, c);
        require(c.columns() == c.rows() && a.precision() == Precision.F64, "the square", a, a, c);
        if (c.batch() > 1) {
            multiply(alpha, a, !ofRows, a, ofRows, 0, c);
            return;
        }
        NvidiaStatus.blas(
                "cublasDsyrk",
                JCublas2.cublasDsyrk(
                        blas,
                        CUBLAS_FILL_MODE_LOWER,
                        ofRows ? CUBLAS_OP_N : CUBLAS_OP_T,
                        c.rows(),
                        inner,
                        scalar(Precision.F64, 0, alpha),
                        at(a),
                        a.stride(),
                        scalar(Precision.F64, 1, 0),
                        at(c),
                        c.stride()));
    }

    /** Multiplies each column of an fp32 matrix by its factor, in place. */
    void scaleColumns(DeviceMatrix a, MemorySegment factors) {
        long done = 0;
        for (DeviceMatrix part : a.parts()) {
            MemorySegment its = MemorySegment.ofAddress(factors.address() + done * Float.BYTES);
            NvidiaStatus.blas(
                    "cublasSdgmm",
                    JCublas2.cublasSdgmm(
                            blas,
                            CUBLAS_SIDE_RIGHT,
                            part.rows(),
                            part.columns(),
                            at(part),
                            part.stride(),
                            JCudaTypes.pointer(its),
                            1,
                            at(part),
                            part.stride()));
            done += part.columns();
        }
    }

    /** A times a number, in place; fp32. */
    void scale(DeviceMatrix a, double factor) {
        for (long from = 0; from < a.count(); from += MOST_ELEMENTS) {
            NvidiaStatus.blas(
                    "cublasSscal",
                    JCublas2.cublasSscal(
                            blas,
                            length(a, from),
                            scalar(Precision.F32, 0, factor),
                            JCudaTypes.pointer(a.at(from)),
                            1));
        }
    }

    /** Y = Y + alpha X; fp32, same shapes. */
    void add(double alpha, DeviceMatrix x, DeviceMatrix y) {
        for (long from = 0; from < x.count(); from += MOST_ELEMENTS) {
            NvidiaStatus.blas(
                    "cublasSaxpy",
                    JCublas2.cublasSaxpy(
                            blas,
                            length(x, from),
                            scalar(Precision.F32, 0, alpha),
                            JCudaTypes.pointer(x.at(from)),
                            1,
                            JCudaTypes.pointer(y.at(from)),
                            1));
        }
    }

    private static int length(DeviceMatrix a, long from) {
        return (int) Math.min(MOST_ELEMENTS, a.count() - from);
    }

    /**
     * L of C = L L' in place of the lower triangle of C, in fp64.
     *
     * @param info receives, as an i32 of the device for each matrix, 0, or the first leading minor
     *     that is not positive
     */
    void cholesky(DeviceMatrix c, MemorySegment info) {
        if (c.batch() > 1) {
            batches.cholesky(c, info);
            return;
        }
        int n = c.rows();
        int[] work = new int[1];
        NvidiaStatus.solver(
                "cusolverDnDpotrf_bufferSize",
                JCusolverDn.cusolverDnDpotrf_bufferSize(
                        solver, CUBLAS_FILL_MODE_LOWER, n, at(c), c.stride(), work));
        DeviceBuffer memory = pool.take((long) work[0] * Double.BYTES);
        try {
            NvidiaStatus.solver(
                    "cusolverDnDpotrf",
                    JCusolverDn.cusolverDnDpotrf(
                            solver,
                            CUBLAS_FILL_MODE_LOWER,
                            n,
                            at(c),
                            c.stride(),
                            JCudaTypes.pointer(memory.address()),
                            work[0],
                            JCudaTypes.pointer(info)));
        } finally {
            pool.give(memory);
        }
    }

    /** A = A L'^-1 in place, in fp64. */
    void divide(DeviceMatrix a, DeviceMatrix lower) {
        if (a.batch() > 1) {
            batches.divide(scalar(Precision.F64, 0, 1), a, lower);
            return;
        }
        NvidiaStatus.blas(
                "cublasDtrsm",
                JCublas2.cublasDtrsm(
                        blas,
                        CUBLAS_SIDE_RIGHT,
                        CUBLAS_FILL_MODE_LOWER,
                        CUBLAS_OP_T,
                        CUBLAS_DIAG_NON_UNIT,
                        a.rows(),
                        a.columns(),
                        scalar(Precision.F64, 0, 1),
                        at(lower),
                        lower.stride(),
                        at(a),
                        a.stride()));
    }

    /**
     * Eigenvectors of one symmetric fp64 matrix in its place, in columns.
     *
     * @param a only the lower triangle is read
     * @param values receives the eigenvalues, ascending
     * @param info receives, as an i32 of the device, 0, or how much did not converge
     */
    void eigen(DeviceMatrix a, MemorySegment values, MemorySegment info) {
        int n = a.rows();
        int[] work = new int[1];
        Pointer w = JCudaTypes.pointer(values);
        NvidiaStatus.solver(
                "cusolverDnDsyevd_bufferSize",
                JCusolverDn.cusolverDnDsyevd_bufferSize(
                        solver,
                        CUSOLVER_EIG_MODE_VECTOR,
                        CUBLAS_FILL_MODE_LOWER,
                        n,
                        at(a),
                        a.stride(),
                        w,
                        work));
        DeviceBuffer memory = pool.take((long) work[0] * Double.BYTES);
        try {
            NvidiaStatus.solver(
                    "cusolverDnDsyevd",
                    JCusolverDn.cusolverDnDsyevd(
                            solver,
                            CUSOLVER_EIG_MODE_VECTOR,
                            CUBLAS_FILL_MODE_LOWER,
                            n,
                            at(a),
                            a.stride(),
                            w,
                            JCudaTypes.pointer(memory.address()),
                            work[0],
                            JCudaTypes.pointer(info)));
        } finally {
            pool.give(memory);
        }
    }

    private static void require(
            boolean holds, String what, DeviceMatrix a, DeviceMatrix b, DeviceMatrix c) {
        if (!holds) {
            throw new IllegalArgumentException(
                    "%s do not fit: %s and %s for %s".formatted(what, a, b, c));
        }
    }

    private static Pointer at(DeviceMatrix matrix) {
        return JCudaTypes.pointer(matrix.data());
    }

    /** A number in host memory, which calls read before they return. */
    private Pointer scalar(Precision precision, int place, double value) {
        MemorySegment at = scalars.asSlice((long) place * Double.BYTES, Double.BYTES);
        if (precision == Precision.F32) {
            at.set(ValueLayout.JAVA_FLOAT, 0, (float) value);
        } else {
            at.set(ValueLayout.JAVA_DOUBLE, 0, value);
        }
        return JCudaTypes.pointer(at);
    }

    /** Destroys the handles; waits for their work. */
    @Override
    public void close() {
        int closedSolver = hasSolver ? JCusolverDn.cusolverDnDestroy(solver) : 0;
        int closedBlas = hasBlas ? JCublas2.cublasDestroy(blas) : 0;
        constants.close();
        NvidiaStatus.solver("cusolverDnDestroy", closedSolver);
        NvidiaStatus.blas("cublasDestroy", closedBlas);
    }
}
