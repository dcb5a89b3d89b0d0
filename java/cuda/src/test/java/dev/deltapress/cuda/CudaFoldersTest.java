package dev.deltapress.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Where NVIDIA's libraries are looked for, and in which order. */
class CudaFoldersTest {
    @TempDir private Path root;

    private Path folder(String name) throws IOException {
        return Files.createDirectories(root.resolve(name));
    }

    @Test
    void thePropertyAloneCounts() throws Exception {
        folder("usr/local/cuda/lib64");

        assertThat(CudaFolders.of("/a:/b::", Map.of("CUDA_HOME", "/c"), root))
                .isEqualTo(
                        new CudaFolders(List.of(Path.of("/a"), Path.of("/b")), false, List.of()));
    }

    @Test
    void anEmptyPropertyMeansNowhere() {
        CudaFolders nowhere = CudaFolders.of("", Map.of("CUDA_HOME", "/c"), root);

        assertThat(nowhere).isEqualTo(new CudaFolders(List.of(), false, List.of()));
    }

    @Test
    void theHomesOfTheEnvironmentGoBeforeTheLoader() {
        CudaFolders folders =
                CudaFolders.of(null, Map.of("CUDA_PATH", "/b", "CUDA_HOME", "/a"), root);

        assertThat(folders.beforeLoader())
                .containsExactly(
                        Path.of("/a/lib64"),
                        Path.of("/a/lib"),
                        Path.of("/b/lib64"),
                        Path.of("/b/lib"));
        assertThat(folders.askLoader()).isTrue();
        assertThat(folders.afterLoader()).isEmpty();
    }

    @Test
    void theDefaultToolkitGoesBeforeTheOthersAndTheNewestOfThoseFirst() throws Exception {
        Path old = folder("usr/local/cuda-9.2/lib64");
        Path middle = folder("usr/local/cuda-12.8/lib64");
        Path newer = folder("usr/local/cuda-12.10/lib64");
        Path newest = folder("usr/local/cuda-13/lib64");
        Path standard = folder("usr/local/cuda/lib64");
        folder("usr/local/cuda-samples/lib64");
        folder("usr/local/cuda-14.0");

        assertThat(CudaFolders.of(null, Map.of(), root).afterLoader())
                .containsExactly(standard, newest, newer, middle, old);
    }

    @Test
    void packagesOfThePythonsOnThePathComeLast() throws Exception {
        Path python = folder("env/bin").resolve("python3");
        Files.createFile(python);
        assertThat(python.toFile().setExecutable(true)).isTrue();
        String packages = "env/lib/python3.12/site-packages/nvidia/";
        Path sparse = folder(packages + "cusparse/lib");
        Path thirteen = folder(packages + "cu13/lib");
        Path user = folder("home/.local/lib/python3.11/site-packages/nvidia/cublas/lib");
        Path system = folder("usr/local/lib/python3.13/dist-packages/nvidia/cusolver/lib");
        Path toolkit = folder("usr/local/cuda/lib64");
        folder("other/bin");
        folder("other/lib/python3.12/site-packages/nvidia/cublas/lib");

        Map<String, String> environment =
                Map.of(
                        "PATH",
                        root.resolve("other/bin") + ":" + root.resolve("env/bin"),
                        "HOME",
                        root.resolve("home").toString());
        assertThat(CudaFolders.of(null, environment, root).afterLoader())
                .containsExactly(toolkit, thirteen, sparse, system, user);
    }
}
