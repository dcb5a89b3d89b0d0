package dev.deltapress.panama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;

/**
 * The functions of OpenBLAS that are used, with 32-bit integers. Found by their plain names or by
 * those that SciPy's build gives them.
 */
final class OpenBlas {
    private static final String OTHER_PREFIX = "scipy_";
    private static final int ROW_MAJOR = 101;
    private static final int AS_IS = 111;
    private static final int TRANSPOSED = 112;

    private final NativeFunction setNumThreads;
    private final NativeFunction sgemm;

    /**
     * @throws LibraryUnavailableException if a function is missing
     */
    OpenBlas(SymbolLookup library) {
        String prefix = library.find(OTHER_PREFIX + "cblas_sgemm").isPresent() ? OTHER_PREFIX : "";
        setNumThreads =
                new NativeFunction(
                        library,
                        prefix + "openblas_set_num_threads",
                        FunctionDescriptor.ofVoid(JAVA_INT));
        sgemm =
                new NativeFunction(
                        library,
                        prefix + "cblas_sgemm",
                        FunctionDescriptor.ofVoid(
                                JAVA_INT,
                                JAVA_INT,
                                JAVA_INT, // order, op of A, op of B
                                JAVA_INT,
                                JAVA_INT,
                                JAVA_INT, // m, n, k
                                JAVA_FLOAT,
                                ADDRESS,
                                JAVA_INT, // alpha, A
                                ADDRESS,
                                JAVA_INT, // B
                                JAVA_FLOAT,
                                ADDRESS,
                                JAVA_INT)); // beta, C
    }

    /** Threads that later calls of the whole process share their work with. */
    void setThreads(int threads) {
        try {
            setNumThreads.handle().invokeExact(threads);
        } catch (Throwable t) {
            throw DeltaPressNative.unexpected(t);
        }
    }

    /**
     * C = alpha op(A) op(B) + beta C, all row-major.
     *
     * @param m rows of C, n its columns, k the inner side
     * @param ldA floats from one row of A to the next, before op; likewise the others
     */
    void multiply(
            boolean transposeA,
            boolean transposeB,
            int m,
            int n,
            int k,
            float alpha,
            MemorySegment a,
            int ldA,
            MemorySegment b,
            int ldB,
            float beta,
            MemorySegment c,
            int ldC) {
        int opA = transposeA ? TRANSPOSED : AS_IS;
        int opB = transposeB ? TRANSPOSED : AS_IS;
        try {
            sgemm.handle()
                    .invokeExact(ROW_MAJOR, opA, opB, m, n, k, alpha, a, ldA, b, ldB, beta, c, ldC);
        } catch (Throwable t) {
            throw DeltaPressNative.unexpected(t);
        }
    }
}
