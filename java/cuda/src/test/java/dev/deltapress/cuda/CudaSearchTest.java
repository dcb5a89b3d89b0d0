package dev.deltapress.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deltapress.cuda.CudaSearch.LibrarySet;
import dev.deltapress.panama.LibraryUnavailableException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Which set of libraries is chosen. Nothing is loaded, so empty files will do. */
class CudaSearchTest {
    private static final String[] SET_12 = {
        "libcublas.so.12", "libcusparse.so.12", "libcusolver.so.11", "libcusolverMg.so.11"
    };
    private static final String[] SET_13 = {
        "libcublas.so.13", "libcusparse.so.12", "libcusolver.so.12", "libcusolverMg.so.12"
    };

    @TempDir private Path dir;

    private Path folder(String name, String... files) throws IOException {
        Path folder = Files.createDirectories(dir.resolve(name));
        for (String file : files) {
            if (!Files.exists(folder.resolve(file))) {
                Files.createFile(folder.resolve(file));
            }
        }
        return folder;
    }

    private static LibrarySet find(Path... folders) {
        return CudaSearch.of(new CudaFolders(List.of(folders), false, List.of())).find();
    }

    @Test
    void inOneFolderCuda13GoesBefore12() throws Exception {
        folder("both", SET_12);

        assertThat(find(folder("both", SET_13)).major()).isEqualTo(13);
    }

    @Test
    void theFolderThatComesFirstDecidesTheMajorVersion() throws Exception {
        Path twelve = folder("twelve", SET_12);

        LibrarySet set = find(twelve, folder("thirteen", SET_13));

        assertThat(set.major()).isEqualTo(12);
        assertThat(set.files().values()).allMatch(file -> twelve.equals(file.getParent()));
    }

    @Test
    void aLibraryIsTakenFromTheFolderOfCublasIfItIsThere() throws Exception {
        Path first = folder("first", "libcusparse.so.12");
        Path whole = folder("whole", SET_13);

        assertThat(find(first, whole).files())
                .containsEntry(CudaLibrary.CUSPARSE, whole.resolve("libcusparse.so.12"));
    }

    @Test
    void aSetMayBeSpreadOverFolders() throws Exception {
        Path blas = folder("blas", "libcublas.so.12");
        Path sparse = folder("sparse", "libcusparse.so.12");
        Path solver = folder("solver", "libcusolver.so.11", "libcusolverMg.so.11");

        assertThat(find(blas, solver, sparse).files())
                .containsEntry(CudaLibrary.CUBLAS, blas.resolve("libcublas.so.12"))
                .containsEntry(CudaLibrary.CUSPARSE, sparse.resolve("libcusparse.so.12"))
                .containsEntry(CudaLibrary.CUSOLVER, solver.resolve("libcusolver.so.11"))
                .containsEntry(CudaLibrary.CUSOLVER_MG, solver.resolve("libcusolverMg.so.11"));
    }

    @Test
    void aWholeSetIsTakenWhereTheOneThatCameFirstLacksALibrary() throws Exception {
        Path incomplete = folder("incomplete", "libcublas.so.13", "libcusolver.so.12");

        assertThat(find(incomplete, folder("whole", SET_12)).major()).isEqualTo(12);
    }

    @Test
    void librariesOfTheOtherMajorVersionDoNotCompleteASet() throws Exception {
        Path folder = folder("mixed", "libcublas.so.13", "libcusparse.so.12", "libcusolver.so.11");

        assertThatThrownBy(() -> find(folder))
                .isInstanceOf(LibraryUnavailableException.class)
                .hasMessage(
                        "cuSOLVER is not found: looked for libcusolver.so.12, which goes with %s/libcublas.so.13, in %s"
                                .formatted(folder, folder));
    }

    @Test
    void nowhereIsSaidToBeNowhere() {
        assertThatThrownBy(CudaSearchTest::find)
                .hasMessage(
                        "cuBLAS is not found: looked for libcublas.so.13 and libcublas.so.12 in no folder");
    }
}
