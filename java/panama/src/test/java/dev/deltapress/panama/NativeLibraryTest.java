package dev.deltapress.panama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

/** A library that does not load is no surprise, and its reason can be told. */
class NativeLibraryTest {
    @TempDir private Path dir;

    @Test
    void aFailureIsKeptAsAValueThatExplainsItself() throws Exception {
        Path text = Files.writeString(dir.resolve("libtext.so"), "not a library");

        NativeLibrary library = NativeLibrary.open(Flavour.HOST, text);

        assertThat(library.isAvailable()).isFalse();
        // What the system's loader says.
        assertThat(library.whyNot())
                .startsWith(text.toString())
                .containsAnyOf("file too short", "invalid ELF header");
        assertThatThrownBy(library::functions)
                .isInstanceOf(LibraryUnavailableException.class)
                .hasMessage(library.whyNot());
    }

    @Test
    void aFileThatIsNamedAndMissingIsNotReplacedByAnother() {
        Path missing = dir.resolve("libnone.so");
        String before = System.getProperty(Flavour.HOST.property());
        System.setProperty(Flavour.HOST.property(), missing.toString());
        try {
            assertThat(NativeLibrary.load(Flavour.HOST).whyNot())
                    .isEqualTo(missing + ", which deltapress.native.library names, is no file");
        } finally {
            if (before == null) {
                System.clearProperty(Flavour.HOST.property());
            } else {
                System.setProperty(Flavour.HOST.property(), before);
            }
        }
    }

    @Test
    void aLibraryNextToTheJarIsFoundAndOneNextToAFolderOfClassesIsNot() throws Exception {
        String name = Flavour.HOST.fileName();
        Path jar = Files.createFile(dir.resolve("ours.jar"));
        Path classes = Files.createDirectory(dir.resolve("classes"));

        assertThat(LibraryFile.beside(jar, name)).isNull();
        Path library = Files.createFile(dir.resolve(name));
        assertThat(LibraryFile.beside(jar, name)).isEqualTo(library);
        assertThat(LibraryFile.beside(classes, name)).isNull();
    }

    @Test
    void aMissingDependencyIsNamed() throws Exception {
        Path needed = CompiledC.library(dir, "needed", "int needed(void) { return 1; }");
        Path library =
                CompiledC.library(
                        dir,
                        "needing",
                        "int needed(void); int needing(void) { return needed(); }",
                        "-L" + dir,
                        "-lneeded");
        Files.delete(needed);

        assertThat(NativeLibrary.open(Flavour.HOST, library).whyNot())
                .contains("libneeded.so: cannot open shared object file");
    }

    @Test
    void anotherVersionOfTheInterfaceIsRefusedBeforeAnyOtherCall() throws Exception {
        Path library =
                CompiledC.library(
                        dir,
                        "old",
                        "int dp_abi_version(void) { return 7; }"
                                + "const char *dp_flavour(void) { return 0; } int dp_status_name, dp_last_error;");

        assertThat(NativeLibrary.open(Flavour.HOST, library).whyNot())
                .isEqualTo(library + ": its interface has version 7, this DeltaPress needs 1");
    }

    @Test
    void anotherFlavourIsRefused() throws Exception {
        String source = CompiledC.imitation(1, "cuda", 0);
        Path library = CompiledC.library(dir, "other", source);

        assertThat(NativeLibrary.open(Flavour.HOST, library).whyNot())
                .isEqualTo(library + ": its flavour is 'cuda', not 'host'");
        assertThat(NativeLibrary.open(Flavour.CUDA, library).isAvailable()).isTrue();
    }

    @Test
    void aMissingFunctionIsNamed() throws Exception {
        String source = CompiledC.imitation(1, "host", 0).replace("dp_mask_draw", "dp_mask_drew");
        Path library = CompiledC.library(dir, "lacking", source);

        assertThat(NativeLibrary.open(Flavour.HOST, library).whyNot())
                .isEqualTo(library + ": the library has no function dp_mask_draw");
    }

    @Test
    void everyStatusHasItsOwnKindOfError() throws Exception {
        assertThatThrownBy(() -> failing(1).streamSync(MemorySegment.NULL))
                .isExactlyInstanceOf(IllegalArgumentException.class)
                .hasMessage("dp_stream_sync: it is broken");
        assertThatThrownBy(() -> failing(2).streamSync(MemorySegment.NULL))
                .isExactlyInstanceOf(DeviceOutOfMemoryException.class)
                .hasMessage("dp_stream_sync: it is broken");
        assertThatThrownBy(() -> failing(3).streamSync(MemorySegment.NULL))
                .isInstanceOfSatisfying(
                        NativeCallException.class,
                        e -> {
                            assertThat(e.call()).isEqualTo("dp_stream_sync");
                            assertThat(e.status()).isEqualTo(3);
                        })
                .hasMessage("dp_stream_sync: status 3: it is broken");
        assertThatThrownBy(() -> failing(4).streamSync(MemorySegment.NULL))
                .isExactlyInstanceOf(LibraryUnavailableException.class)
                .hasMessage("dp_stream_sync: it is broken");
        assertThatThrownBy(() -> failing(99).streamSync(MemorySegment.NULL))
                .isExactlyInstanceOf(NativeCallException.class);
    }

    private DeltaPressNative failing(int status) throws Exception {
        String source = CompiledC.imitation(1, "host", status);
        Path library = CompiledC.library(dir, "status" + status, source);
        return NativeLibrary.open(Flavour.HOST, library).functions();
    }
}
