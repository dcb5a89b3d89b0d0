package dev.deltapress.cuda;

import dev.deltapress.panama.DeviceOutOfMemoryException;
import dev.deltapress.panama.NativeCallException;

import jcuda.jcublas.cublasStatus;
import jcuda.jcusolver.cusolverStatus;
import jcuda.jcusparse.cusparseStatus;

/** Statuses of NVIDIA's libraries as errors of ours. */
final class NvidiaStatus {

    private NvidiaStatus() {}

    /**
     * @throws DeviceOutOfMemoryException if memory was missing
     * @throws NativeCallException for every other failure
     */
    static void blas(String call, int status) {
        if (status == cublasStatus.CUBLAS_STATUS_ALLOC_FAILED) {
            throw new DeviceOutOfMemoryException(call + ": no device memory");
        }
        if (status != cublasStatus.CUBLAS_STATUS_SUCCESS) {
            throw new NativeCallException(call, status, cublasStatus.stringFor(status));
        }
    }

    /** The same for cuSPARSE. */
    static void sparse(String call, int status) {
        if (status == cusparseStatus.CUSPARSE_STATUS_ALLOC_FAILED) {
            throw new DeviceOutOfMemoryException(call + ": no device memory");
        }
        if (status != cusparseStatus.CUSPARSE_STATUS_SUCCESS) {
            throw new NativeCallException(call, status, cusparseStatus.stringFor(status));
        }
    }

    /** The same for cuSOLVER. */
    static void solver(String call, int status) {
        if (status == cusolverStatus.CUSOLVER_STATUS_ALLOC_FAILED) {
            throw new DeviceOutOfMemoryException(call + ": no device memory");
        }
        if (status != cusolverStatus.CUSOLVER_STATUS_SUCCESS) {
            throw new NativeCallException(call, status, cusolverStatus.stringFor(status));
        }
    }
}
