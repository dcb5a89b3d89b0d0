package dev.deltapress.cuda;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Libraries with the sonames and symbol versions of NVIDIA's and a few of their functions. They
 * need one another as NVIDIA's do, and say nothing of where these are. Every handle is the same
 * number, and to destroy another one fails.
 */
final class StandIns {
    private static final String COMMON =
            """
            static int property(int which, int *value, int major, int minor, int patch) {
              *value = which == 0 ? major : which == 1 ? minor : patch;
              return which > 2 ? 7 : 0;
            }
            static int create(void **handle) { *handle = (void *)0x1234; return 0; }
            static int destroy(void *handle) { return handle == (void *)0x1234 ? 0 : 1; }
            """;

    private StandIns() {}

    /** Writes the whole set of a major version of CUDA into a folder, which may be missing. */
    static Path all(Path folder, int major) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        for (CudaLibrary library : CudaLibrary.values()) {
            write(folder, library, major);
        }
        return folder;
    }

    private static void write(Path folder, CudaLibrary library, int major)
            throws IOException, InterruptedException {
        String source = COMMON + source(library, major);
        String helper = library.helperSoname(major);
        if (helper == null) {
            write(folder, library.soname(major), source);
        } else {
            write(folder, helper, "int helper(void) { return 0; }");
            String needed = folder.resolve(helper).toString();
            write(folder, library.soname(major), source, "-Wl,--no-as-needed", needed);
        }
    }

    private static void write(Path folder, String soname, String source, String... needed)
            throws IOException, InterruptedException {
        Path versions =
                Files.writeString(
                        folder.resolve("versions"), "%s { global: *; };".formatted(soname));
        List<String> options = new ArrayList<>(List.of(needed));
        options.add("-Wl,-soname," + soname);
        options.add("-Wl,--version-script=" + versions);
        var _ = CompiledC.library(folder, soname, source, options);
        Files.delete(versions);
    }

    private static String source(CudaLibrary library, int major) {
        return switch (library) {
            case CUBLAS ->
                    """
                    int cublasGetProperty(int w, int *v) { return property(w, v, %d, 1, 0); }
                    int cublasCreate_v2(void **h) { return create(h); }
                    int cublasDestroy_v2(void *h) { return destroy(h); }
                    """
                            .formatted(major);
            case CUSPARSE ->
                    """
                    int cusparseGetProperty(int w, int *v) { return property(w, v, 12, 6, 3); }
                    int cusparseCreate(void **h) { return create(h); }
                    int cusparseDestroy(void *h) { return destroy(h); }
                    """;
            case CUSOLVER ->
                    """
                    int cusolverGetProperty(int w, int *v) { return property(w, v, %d, 0, 4); }
                    int cusolverDnCreate(void **h) { return create(h); }
                    int cusolverDnDestroy(void *h) { return destroy(h); }
                    """
                            .formatted(major - 1);
            case CUSOLVER_MG ->
                    """
                    int cusolverMgCreate(void **h) { return create(h); }
                    int cusolverMgDestroy(void *h) { return destroy(h); }
                    """;
        };
    }
}
