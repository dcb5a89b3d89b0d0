package dev.deltapress.cuda;

import org.jspecify.annotations.Nullable;

/**
 * The libraries of CUDA that JCuda's need, in the order in which they are opened: each needs at
 * most those before it. Version numbers of their own: cuSOLVER of CUDA 13 is version 12.
 */
enum CudaLibrary {
    CUBLAS("cuBLAS", "libcublas.so.", 12, 13, "libcublasLt.so.", "cublasGetProperty"),
    CUSPARSE("cuSPARSE", "libcusparse.so.", 12, 12, "libnvJitLink.so.", "cusparseGetProperty"),
    CUSOLVER("cuSOLVER", "libcusolver.so.", 11, 12, "libnvJitLink.so.", "cusolverGetProperty"),
    CUSOLVER_MG("cuSOLVERMg", "libcusolverMg.so.", 11, 12, null, null);

    /** The majors of CUDA that are supported, the preferred one first. */
    static final int[] MAJORS = {13, 12};

    private final String text;
    private final String stem;
    private final int versionInCuda12;
    private final int versionInCuda13;
    private final @Nullable String helperStem;
    private final @Nullable String propertyFunction;

    CudaLibrary(
            String text,
            String stem,
            int versionInCuda12,
            int versionInCuda13,
            @Nullable String helperStem,
            @Nullable String propertyFunction) {
        this.text = text;
        this.stem = stem;
        this.versionInCuda12 = versionInCuda12;
        this.versionInCuda13 = versionInCuda13;
        this.helperStem = helperStem;
        this.propertyFunction = propertyFunction;
    }

    /** What NVIDIA calls it. */
    String text() {
        return text;
    }

    /** The soname in a major version of CUDA, 12 or 13. */
    String soname(int cudaMajor) {
        return stem + (cudaMajor == 12 ? versionInCuda12 : versionInCuda13);
    }

    /** A library that this one itself needs and JCuda does not; null if there is none. */
    @Nullable String helperSoname(int cudaMajor) {
        return helperStem == null ? null : helperStem + cudaMajor;
    }

    /**
     * The function that tells the version, {@code status f(libraryPropertyType, int *)}; null if
     * there is none.
     */
    @Nullable String propertyFunction() {
        return propertyFunction;
    }
}
