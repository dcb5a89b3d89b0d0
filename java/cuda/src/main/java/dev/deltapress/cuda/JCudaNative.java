package dev.deltapress.cuda;

import dev.deltapress.panama.LibraryUnavailableException;

import jcuda.JCudaVersion;

import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One of JCuda's own libraries, between its classes and NVIDIA's libraries. Built for CUDA 12.
 *
 * @param text what JCuda calls it
 * @param artefact the group org.jcuda has it in this artefact with "-natives" appended
 * @param needed of NVIDIA's libraries
 */
record JCudaNative(String text, String artefact, List<CudaLibrary> needed) {
    /** Those that are used. The first one has the CUDA runtime in itself. */
    static final List<JCudaNative> ALL =
            List.of(
                    new JCudaNative("JCudaRuntime", "jcuda", List.of()),
                    new JCudaNative("JCublas2", "jcublas", List.of(CudaLibrary.CUBLAS)),
                    new JCudaNative("JCusparse", "jcusparse", List.of(CudaLibrary.CUSPARSE)),
                    new JCudaNative(
                            "JCusolver",
                            "jcusolver",
                            List.of(CudaLibrary.CUSOLVER, CudaLibrary.CUSOLVER_MG)));

    /** The only platform for which the project takes them. */
    static final String PLATFORM = "linux-x86_64";

    private static final int BUILT_FOR = 12;

    /** The name under which JCuda looks for it. */
    String fileName() {
        return "lib%s-%s-%s.so".formatted(text, JCudaVersion.get(), PLATFORM);
    }

    /**
     * The library out of JCuda's jar, changed to need the libraries of a major version of CUDA.
     *
     * <p>Of what JCuda 12.6.0 calls, cuBLAS 13 and cuSPARSE of CUDA 13 have everything, cuSOLVER 12
     * all but 14 functions that were superseded; those fail when called.
     *
     * @throws LibraryUnavailableException if it is not on the class path
     */
    byte[] contentFor(int cudaMajor) throws IOException {
        Map<String, String> sonames = new HashMap<>();
        for (CudaLibrary library : needed) {
            sonames.put(library.soname(BUILT_FOR), library.soname(cudaMajor));
        }
        return ElfSonames.rename(fileName(), content(), sonames);
    }

    private byte[] content() throws IOException {
        try (InputStream in = JCudaNative.class.getResourceAsStream("/lib/" + fileName())) {
            if (in == null) {
                throw new LibraryUnavailableException(
                        "%s is not on the class path: org.jcuda:%s-natives:%s with the classifier %s has it"
                                .formatted(fileName(), artefact, JCudaVersion.get(), PLATFORM));
            }
            return in.readAllBytes();
        }
    }
}
