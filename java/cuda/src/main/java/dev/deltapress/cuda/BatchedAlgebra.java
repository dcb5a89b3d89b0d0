package dev.deltapress.cuda;

import static jcuda.jcublas.cublasDiagType.CUBLAS_DIAG_NON_UNIT;
import static jcuda.jcublas.cublasFillMode.CUBLAS_FILL_MODE_LOWER;
import static jcuda.jcublas.cublasOperation.CUBLAS_OP_T;
import static jcuda.jcublas.cublasSideMode.CUBLAS_SIDE_RIGHT;

import dev.deltapress.cuda.DeviceMatrix.Precision;
import dev.deltapress.panama.DeviceBuffer;

import jcuda.Pointer;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasHandle;
import jcuda.jcusolver.JCusolverDn;
import jcuda.jcusolver.cusolverDnHandle;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The calls of {@link DenseAlgebra} for batches: one does what else were one for each matrix. */
final class BatchedAlgebra {
    private final cublasHandle blas;
    private final cusolverDnHandle solver;
    private final DevicePool pool;
    private final Staging staging;

    BatchedAlgebra(cublasHandle blas, cusolverDnHandle solver, DevicePool pool, Staging staging) {
        this.blas = blas;
        this.solver = solver;
        this.pool = pool;
        this.staging = staging;
    }

    /** C = alpha op(A) op(B) + beta C, whose shapes fit. */
    void multiply(
            Pointer alpha,
            DeviceMatrix a,
            int opA,
            DeviceMatrix b,
            int opB,
            int inner,
            Pointer beta,
            DeviceMatrix c) {
        if (c.precision() == Precision.F32) {
            NvidiaStatus.blas(
                    "cublasSgemmStridedBatched",
                    JCublas2.cublasSgemmStridedBatched(
                            blas,
                            opA,
                            opB,
                            c.rows(),
                            c.columns(),
                            inner,
                            alpha,
                            JCudaTypes.pointer(a.data()),
                            a.stride(),
                            a.step(),
                            JCudaTypes.pointer(b.data()),
                            b.stride(),
                            b.step(),
                            beta,
                            JCudaTypes.pointer(c.data()),
                            c.stride(),
                            c.step(),
                            c.batch()));
        } else {
            NvidiaStatus.blas(
                    "cublasDgemmStridedBatched",
                    JCublas2.cublasDgemmStridedBatched(
                            blas,
                            opA,
                            opB,
                            c.rows(),
                            c.columns(),
                            inner,
                            alpha,
                            JCudaTypes.pointer(a.data()),
                            a.stride(),
                            a.step(),
                            JCudaTypes.pointer(b.data()),
                            b.stride(),
                            b.step(),
                            beta,
                            JCudaTypes.pointer(c.data()),
                            c.stride(),
                            c.step(),
                            c.batch()));
        }
    }

    /** As {@link DenseAlgebra#cholesky}, but the other triangles are lost. */
    void cholesky(DeviceMatrix c, MemorySegment infos) {
        DeviceBuffer squares = addresses(c);
        try {
            NvidiaStatus.solver(
                    "cusolverDnDpotrfBatched",
                    JCusolverDn.cusolverDnDpotrfBatched(
                            solver,
                            CUBLAS_FILL_MODE_LOWER,
                            c.rows(),
                            JCudaTypes.pointer(squares.address()),
                            c.stride(),
                            JCudaTypes.pointer(infos),
                            c.batch()));
        } finally {
            pool.give(squares);
        }
    }

    /** As {@link DenseAlgebra#divide}. */
    void divide(Pointer one, DeviceMatrix a, DeviceMatrix lower) {
        DeviceBuffer triangles = addresses(lower);
        try {
            DeviceBuffer dividends = addresses(a);
            try {
                NvidiaStatus.blas(
                        "cublasDtrsmBatched",
                        JCublas2.cublasDtrsmBatched(
                                blas,
                                CUBLAS_SIDE_RIGHT,
                                CUBLAS_FILL_MODE_LOWER,
                                CUBLAS_OP_T,
                                CUBLAS_DIAG_NON_UNIT,
                                a.rows(),
                                a.columns(),
                                one,
                                JCudaTypes.pointer(triangles.address()),
                                lower.stride(),
                                JCudaTypes.pointer(dividends.address()),
                                a.stride(),
                                a.batch()));
            } finally {
                pool.give(dividends);
            }
        } finally {
            pool.give(triangles);
        }
    }

    /** Where the matrices lie, in device memory that the caller gives back. */
    private DeviceBuffer addresses(DeviceMatrix batch) {
        DeviceBuffer device = pool.take((long) batch.batch() * Long.BYTES);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment host = arena.allocate(ValueLayout.JAVA_LONG, batch.batch());
            for (int i = 0; i < batch.batch(); i++) {
                host.setAtIndex(ValueLayout.JAVA_LONG, i, batch.one(i).data().address());
            }
            staging.upload(host, device.address());
            return device;
        } catch (RuntimeException e) {
            pool.give(device);
            throw e;
        }
    }
}
