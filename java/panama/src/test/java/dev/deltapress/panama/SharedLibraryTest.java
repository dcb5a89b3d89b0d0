package dev.deltapress.panama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;

/** Libraries that are not ours: what they tell, and what is told when they do not load. */
class SharedLibraryTest {
    @TempDir private Path dir;

    private SharedLibrary answering(String source) throws Exception {
        return SharedLibrary.open(CompiledC.library(dir, "answering", source));
    }

    @Test
    void aPropertyIsWhatTheFunctionWrites() throws Exception {
        SharedLibrary library = answering("int version(int w, int *v) { *v = 10 + w; return 0; }");

        assertThat(library.property("version", 0)).isEqualTo(10);
        assertThat(library.property("version", 2)).isEqualTo(12);
    }

    @Test
    void aStatusOtherThanZeroIsAnError() throws Exception {
        SharedLibrary library = answering("int version(int w, int *v) { return 7; }");

        assertThatThrownBy(() -> library.property("version", 1))
                .isInstanceOf(NativeCallException.class)
                .hasMessage("version: status 7: property 1");
    }

    @Test
    void errorsNameTheFile() throws Exception {
        Path text = Files.writeString(dir.resolve("libtext.so"), "not a library");
        SharedLibrary library = answering("int other;");

        assertThatThrownBy(() -> SharedLibrary.open(text))
                .isInstanceOf(LibraryUnavailableException.class)
                .hasMessageStartingWith(text.toString());
        assertThatThrownBy(() -> library.property("version", 0))
                .isInstanceOf(LibraryUnavailableException.class)
                .hasMessage(
                        dir.resolve("libanswering.so") + ": the library has no function version");
    }

    @Test
    void theSystemsLoaderFindsTheCLibraryAndNothingThatIsNotThere() {
        assertThat(SystemLoader.find("libc.so.6")).hasFileName("libc.so.6").isRegularFile();
        assertThat(SystemLoader.find("libnone.so.1")).isNull();
    }

    @Test
    void whatTheSystemsLoaderFindsAndCannotLoadIsToldInItsWords() throws Exception {
        Path needed = CompiledC.library(dir, "needed", "int needed;");
        String[] options = {"-Wl,--no-as-needed", "-L" + dir, "-lneeded"};
        Path library = CompiledC.library(dir, "needing", "int needing;", options);
        Files.delete(needed);

        assertThatThrownBy(() -> SystemLoader.find(library.toString()))
                .isInstanceOf(LibraryUnavailableException.class)
                .hasMessageStartingWith(
                        library
                                + ", which the system's loader finds, does not load: libneeded.so:");
    }
}
