package dev.deltapress.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import jcuda.JCudaVersion;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** JCuda's real libraries over stand-ins of NVIDIA's, each case in a JVM of its own. */
class CudaLibrariesTest {
    private static final String JCUBLAS = "libJCublas2-" + JCudaVersion.get() + "-linux-x86_64.so";

    private static final String NATIVE_ACCESS = "--enable-native-access=ALL-UNNAMED";

    @TempDir private static Path standIns;
    @TempDir private Path dir;

    /** The child's temporary folder, cache and library path. */
    private Path temporary = Path.of("");

    private Path cache = Path.of("");
    private Path libraryPath = Path.of("");

    @BeforeAll
    static void compileStandIns() throws Exception {
        StandIns.all(standIns.resolve("12"), 12);
        StandIns.all(standIns.resolve("13"), 13);
    }

    @BeforeEach
    void makeFolders() throws IOException {
        temporary = Files.createDirectory(dir.resolve("temporary"));
        libraryPath = Files.createDirectory(dir.resolve("libraries"));
        cache = dir.resolve("cache");
    }

    @ParameterizedTest
    @ValueSource(ints = {12, 13})
    void jcudaReachesTheLibrariesOfEitherMajorVersion(int major) throws Exception {
        Path folder = standIns.resolve("" + major);

        assertThat(load(folder.toString()))
                .containsExactly(
                        "CUDA %d: cuBLAS %d.1.0, cuSPARSE 12.6.3, cuSOLVER %d.0.4"
                                .formatted(major, major, major - 1),
                        "cuBLAS is %s/libcublas.so.%d %d.1.0".formatted(folder, major, major),
                        "cuSPARSE is %s/libcusparse.so.12 12.6.3".formatted(folder),
                        "cuSOLVER is %s/libcusolver.so.%d %d.0.4"
                                .formatted(folder, major - 1, major - 1),
                        "cuSOLVERMg is %s/libcusolverMg.so.%d ".formatted(folder, major - 1),
                        "created and destroyed",
                        "refused: status 1");
        assertThat(temporary).isEmptyDirectory();
    }

    @Test
    void jcudasLibrariesAreInOnePrivateFolder() throws Exception {
        load(standIns.resolve("13").toString());

        try (var folders = Files.list(cache.resolve("native"))) {
            assertThat(folders)
                    .singleElement()
                    .satisfies(
                            folder -> {
                                assertThat(folder.getFileName().toString()).matches("[0-9a-f]{64}");
                                assertThat(Files.getPosixFilePermissions(folder))
                                        .isEqualTo(PosixFilePermissions.fromString("rwx------"));
                                assertThat(folder.toFile().list())
                                        .hasSize(JCudaNative.ALL.size())
                                        .contains(JCUBLAS);
                            });
        }
    }

    @Test
    void theSystemsLoaderIsAskedWhereNoFolderIsNamed() throws Exception {
        Path folder = standIns.resolve("13");

        assertThat(run(List.of(NATIVE_ACCESS), Map.of("LD_LIBRARY_PATH", folder.toString())))
                .startsWith("CUDA 13: cuBLAS 13.1.0, cuSPARSE 12.6.3, cuSOLVER 12.0.4")
                .contains("cuBLAS is " + folder + "/libcublas.so.13 13.1.0")
                .contains("created and destroyed");
    }

    @Test
    void aHomeOfCudaGoesBeforeTheSystemsLoader() throws Exception {
        Path home = Files.createDirectory(dir.resolve("home"));
        StandIns.all(home.resolve("lib64"), 12);

        assertThat(
                        run(
                                List.of(NATIVE_ACCESS),
                                Map.of(
                                        "CUDA_HOME",
                                        home.toString(),
                                        "LD_LIBRARY_PATH",
                                        standIns.resolve("13").toString())))
                .startsWith("CUDA 12: cuBLAS 12.1.0, cuSPARSE 12.6.3, cuSOLVER 11.0.4");
    }

    @Test
    void aMissingLibraryIsNamedWithTheFoldersThatWereLookedInto() throws Exception {
        Path empty = Files.createDirectory(dir.resolve("empty"));
        Path folder = StandIns.all(dir.resolve("incomplete"), 12);
        Files.delete(folder.resolve("libcusolver.so.11"));

        assertThat(load(empty + ":" + folder))
                .containsExactly(
                        "not available: cuSOLVER is not found: looked for libcusolver.so.11, which goes with %s/libcublas.so.12, in %s, %s"
                                .formatted(folder, empty, folder));
        assertThat(cache).doesNotExist();
    }

    @Test
    void noCudaAtAllIsToldInOneLine() throws Exception {
        assertThat(load(dir.toString()))
                .containsExactly(
                        "not available: cuBLAS is not found: looked for libcublas.so.13 and libcublas.so.12 in "
                                + dir);
    }

    @Test
    void aLibraryThatDoesNotLoadIsToldInTheWordsOfTheSystemsLoader() throws Exception {
        Path folder = StandIns.all(dir.resolve("broken"), 12);
        Files.delete(folder.resolve("libcublasLt.so.12"));

        assertThat(load(folder.toString()))
                .containsExactly(
                        "not available: %s/libcublas.so.12: libcublasLt.so.12: cannot open shared object file: No such file or directory"
                                .formatted(folder));
    }

    @Test
    void aLibraryThatIsNotNvidiasIsRefused() throws Exception {
        Path folder = StandIns.all(dir.resolve("other"), 12);
        var _ = CompiledC.library(folder, "libcublas.so.12", "int other;", List.of());

        assertThat(load(folder.toString()))
                .containsExactly(
                        "not available: %s/libcublas.so.12: the library has no function cublasGetProperty"
                                .formatted(folder));
    }

    @Test
    void aForeignFileInTheTemporaryFolderIsIgnored() throws Exception {
        Path foreign = Files.writeString(temporary.resolve(JCUBLAS), "not a library");

        assertThat(load(standIns.resolve("13").toString())).contains("created and destroyed");
        assertThat(foreign).hasContent("not a library");
    }

    @Test
    void aForeignLibraryOnTheLibraryPathIsRefused() throws Exception {
        Path foreign = CompiledC.library(libraryPath, JCUBLAS, "int foreign;", List.of());

        assertThat(load(standIns.resolve("13").toString()))
                .singleElement()
                .asString()
                .startsWith(
                        "not available: JCuda has loaded %s instead of %s/"
                                .formatted(foreign, cache))
                .endsWith("or is that folder on java.library.path?");
    }

    @Test
    void ourOwnLibrariesMayAlsoBeOnTheLibraryPath() throws Exception {
        String folder = standIns.resolve("13").toString();
        load(folder);
        try (var folders = Files.list(cache.resolve("native"))) {
            libraryPath = folders.findFirst().orElseThrow();
        }

        assertThat(load(folder)).contains("created and destroyed");
    }

    @Test
    void aCacheThatCannotBeWrittenIsToldInOneLine() throws Exception {
        cache = Files.createFile(dir.resolve("file"));

        assertThat(load(standIns.resolve("12").toString()))
                .singleElement()
                .asString()
                .startsWith(
                        "not available: JCuda's libraries cannot be unpacked into the cache folder "
                                + cache);
    }

    @Test
    void aSecondClassLoaderIsToldThatTheFirstHasJCuda() throws Exception {
        String folders = "-D" + CudaFolders.PROPERTY + "=" + standIns.resolve("13");

        assertThat(run(List.of(NATIVE_ACCESS, folders, "-D" + LoadMain.TWICE + "=true"), Map.of()))
                .contains("created and destroyed")
                .last()
                .asString()
                .startsWith("not available: Native Library " + cache)
                .endsWith("already loaded in another classloader");
    }

    @Test
    void aJvmThatMayNotCallNativeCodeIsToldSo() throws Exception {
        String folders = "-D" + CudaFolders.PROPERTY + "=" + standIns.resolve("13");

        assertThat(run(List.of("--illegal-native-access=deny", folders), Map.of()))
                .singleElement()
                .asString()
                .startsWith("not available: Illegal native access");
    }

    private List<String> load(String folders) throws Exception {
        return run(List.of(NATIVE_ACCESS, "-D" + CudaFolders.PROPERTY + "=" + folders), Map.of());
    }

    /** The lines that {@link LoadMain} prints, with nothing else in its environment. */
    private List<String> run(List<String> options, Map<String, String> environment)
            throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.add("-Ddeltapress.cache=" + cache);
        command.add("-Djava.io.tmpdir=" + temporary);
        command.add("-Djava.library.path=" + libraryPath);
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.add(LoadMain.class.getName());
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().clear();
        builder.environment().putAll(environment);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output.lines().toList();
    }
}
