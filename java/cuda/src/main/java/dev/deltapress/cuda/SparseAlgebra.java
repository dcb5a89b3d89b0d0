package dev.deltapress.cuda;

import static jcuda.cudaDataType.CUDA_R_32F;
import static jcuda.jcusparse.cusparseIndexBase.CUSPARSE_INDEX_BASE_ZERO;
import static jcuda.jcusparse.cusparseIndexType.CUSPARSE_INDEX_32I;
import static jcuda.jcusparse.cusparseOperation.CUSPARSE_OPERATION_NON_TRANSPOSE;
import static jcuda.jcusparse.cusparseOrder.CUSPARSE_ORDER_COL;
import static jcuda.jcusparse.cusparseOrder.CUSPARSE_ORDER_ROW;
import static jcuda.jcusparse.cusparseSpMMAlg.CUSPARSE_SPMM_CSR_ALG3;

import dev.deltapress.panama.DeviceBuffer;
import dev.deltapress.panama.DeviceStream;

import jcuda.Pointer;
import jcuda.jcusparse.JCusparse;
import jcuda.jcusparse.cusparseDnMatDescr;
import jcuda.jcusparse.cusparseHandle;
import jcuda.jcusparse.cusparseSpMatDescr;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The sparse algebra of one worker: cuSPARSE on its stream, each call checked. Of its algorithms
 * for compressed sparse rows it takes the one that gives the same bits in every run.
 */
final class SparseAlgebra implements AutoCloseable {
    private final DevicePool pool;
    private final cusparseHandle handle = new cusparseHandle();

    SparseAlgebra(DeviceStream stream, DevicePool pool) {
        this.pool = pool;
        NvidiaStatus.sparse("cusparseCreate", JCusparse.cusparseCreate(handle));
        try {
            NvidiaStatus.sparse(
                    "cusparseSetStream",
                    JCusparse.cusparseSetStream(handle, JCudaTypes.stream(stream)));
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** How the elements of a dense matrix follow one another. */
    enum Order {
        ROWS(CUSPARSE_ORDER_ROW),
        COLUMNS(CUSPARSE_ORDER_COL);

        private final int code;

        Order(int code) {
            this.code = code;
        }
    }

    /**
     * A dense fp32 matrix without gaps.
     *
     * @param data its memory on the device
     */
    record Dense(MemorySegment data, long rows, long columns, Order order) {}

    /** C = A B + beta C. */
    void multiply(DeviceCsr a, Dense b, double beta, Dense c) {
        if (a.columns() != b.rows() || a.rows() != c.rows() || b.columns() != c.columns()) {
            throw new IllegalArgumentException(
                    "no product of %d x %d and %s for %s".formatted(a.rows(), a.columns(), b, c));
        }
        try (Descriptors described = new Descriptors(a, b, c);
                Arena scalars = Arena.ofConfined()) {
            multiply(described, scalar(scalars, 1), scalar(scalars, beta));
        }
    }

    private void multiply(Descriptors described, Pointer times, Pointer plus) {
        long[] bytes = new long[1];
        NvidiaStatus.sparse(
                "cusparseSpMM_bufferSize",
                JCusparse.cusparseSpMM_bufferSize(
                        handle,
                        CUSPARSE_OPERATION_NON_TRANSPOSE,
                        CUSPARSE_OPERATION_NON_TRANSPOSE,
                        times,
                        described.a.asConst(),
                        described.b.asConst(),
                        plus,
                        described.c,
                        CUDA_R_32F,
                        CUSPARSE_SPMM_CSR_ALG3,
                        bytes));
        DeviceBuffer work = pool.take(bytes[0]);
        try {
            NvidiaStatus.sparse(
                    "cusparseSpMM",
                    JCusparse.cusparseSpMM(
                            handle,
                            CUSPARSE_OPERATION_NON_TRANSPOSE,
                            CUSPARSE_OPERATION_NON_TRANSPOSE,
                            times,
                            described.a.asConst(),
                            described.b.asConst(),
                            plus,
                            described.c,
                            CUDA_R_32F,
                            CUSPARSE_SPMM_CSR_ALG3,
                            JCudaTypes.pointer(work.address())));
        } finally {
            pool.give(work);
        }
    }

    /** A number in host memory, which calls read before they return. */
    private static Pointer scalar(Arena arena, double value) {
        return JCudaTypes.pointer(arena.allocateFrom(ValueLayout.JAVA_FLOAT, (float) value));
    }

    /** What cuSPARSE wants to know of the three matrices of a product. */
    private static final class Descriptors implements AutoCloseable {
        private final cusparseSpMatDescr a = new cusparseSpMatDescr();
        private final cusparseDnMatDescr b = new cusparseDnMatDescr();
        private final cusparseDnMatDescr c = new cusparseDnMatDescr();

        /** How many of them were made. */
        private int made;

        Descriptors(DeviceCsr sparse, Dense left, Dense right) {
            try {
                NvidiaStatus.sparse(
                        "cusparseCreateCsr",
                        JCusparse.cusparseCreateCsr(
                                a,
                                sparse.rows(),
                                sparse.columns(),
                                sparse.entries(),
                                JCudaTypes.pointer(sparse.starts()),
                                JCudaTypes.pointer(sparse.indices()),
                                JCudaTypes.pointer(sparse.values()),
                                CUSPARSE_INDEX_32I,
                                CUSPARSE_INDEX_32I,
                                CUSPARSE_INDEX_BASE_ZERO,
                                CUDA_R_32F));
                made++;
                describe(b, left);
                describe(c, right);
            } catch (RuntimeException e) {
                close();
                throw e;
            }
        }

        private void describe(cusparseDnMatDescr descriptor, Dense matrix) {
            long stride = matrix.order() == Order.ROWS ? matrix.columns() : matrix.rows();
            NvidiaStatus.sparse(
                    "cusparseCreateDnMat",
                    JCusparse.cusparseCreateDnMat(
                            descriptor,
                            matrix.rows(),
                            matrix.columns(),
                            stride,
                            JCudaTypes.pointer(matrix.data()),
                            CUDA_R_32F,
                            matrix.order().code));
            made++;
        }

        @Override
        public void close() {
            int third = made > 2 ? JCusparse.cusparseDestroyDnMat(c.asConst()) : 0;
            int second = made > 1 ? JCusparse.cusparseDestroyDnMat(b.asConst()) : 0;
            int first = made > 0 ? JCusparse.cusparseDestroySpMat(a.asConst()) : 0;
            NvidiaStatus.sparse("cusparseDestroyDnMat", third);
            NvidiaStatus.sparse("cusparseDestroyDnMat", second);
            NvidiaStatus.sparse("cusparseDestroySpMat", first);
        }
    }

    /** Destroys the handle; waits for its work. */
    @Override
    public void close() {
        NvidiaStatus.sparse("cusparseDestroy", JCusparse.cusparseDestroy(handle));
    }
}
