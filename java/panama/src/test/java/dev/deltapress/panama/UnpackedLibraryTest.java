package dev.deltapress.panama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;

/** The cache of libraries: private, right, and safe for everybody at once. */
class UnpackedLibraryTest {
    private static final String NAME = "libx.so";
    private static final int SIZE = 3_000_000;

    @TempDir private Path dir;

    private static byte[] content() {
        byte[] content = new byte[SIZE];
        for (int i = 0; i < SIZE; i++) {
            content[i] = (byte) (i * 31 + (i >> 9));
        }
        return content;
    }

    private static Path unpack(Path cache) throws IOException {
        byte[] content = content();
        return UnpackedLibrary.in(cache, UnpackedLibrary.sha256(content), NAME, content);
    }

    private static Path folder(Path cache) {
        return cache.resolve("native").resolve(UnpackedLibrary.sha256(content()));
    }

    @Test
    void theFolderIsNamedByTheHashAndForItsOwnerAlone() throws Exception {
        Path file = unpack(dir.resolve("cache"));

        assertThat(file).hasBinaryContent(content());
        Path folder = folder(dir.resolve("cache"));
        assertThat(file).isEqualTo(folder.resolve(NAME));
        for (Path made : List.of(folder, dir.resolve("cache/native"), dir.resolve("cache"))) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
                    .isEqualTo("rwx------");
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void librariesThatBelongTogetherShareTheFolderOfTheHashOverAll() throws Exception {
        SequencedMap<String, byte[]> contents = new LinkedHashMap<>();
        contents.put("libb.so", new byte[] {1, 2});
        contents.put("liba.so", new byte[] {3});

        Path folder = dir.resolve("native").resolve(UnpackedLibrary.sha256(new byte[] {1, 2, 3}));
        assertThat(UnpackedLibrary.all(dir, contents))
                .containsExactly(folder.resolve("libb.so"), folder.resolve("liba.so"));
        assertThat(folder.resolve("libb.so")).hasBinaryContent(new byte[] {1, 2});
        assertThat(folder.resolve("liba.so")).hasBinaryContent(new byte[] {3});
    }

    @Test
    void aFileThatIsThereIsUsedAgain() throws Exception {
        Path file = unpack(dir);
        FileTime before = FileTime.from(Instant.parse("2026-01-01T00:00:00Z"));
        Files.setLastModifiedTime(file, before);

        assertThat(unpack(dir)).isEqualTo(file);
        assertThat(Files.getLastModifiedTime(file)).isEqualTo(before);
    }

    @Test
    void aFileThatSomebodyChangedIsReplaced() throws Exception {
        Path file = unpack(dir);
        byte[] tampered = content();
        tampered[SIZE / 2] ^= 1;
        Files.write(file, tampered);

        assertThat(unpack(dir)).isEqualTo(file).hasBinaryContent(content());
    }

    @Test
    void aLinkInPlaceOfTheFileIsReplacedAndNotFollowed() throws Exception {
        Path file = unpack(dir);
        Path elsewhere = Files.write(dir.resolve("elsewhere"), content());
        Files.delete(file);
        Files.createSymbolicLink(file, elsewhere);

        assertThat(unpack(dir)).isRegularFile().hasBinaryContent(content());
        assertThat(Files.isSymbolicLink(file)).isFalse();
    }

    @Test
    void aFolderThatOthersMayWriteIsClosedToThem() throws Exception {
        unpack(dir);
        Path folder = folder(dir);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));

        unpack(dir);

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
                .isEqualTo("rwx------");
    }

    @Test
    void whatADeadRunLeftBehindIsRemoved() throws Exception {
        unpack(dir);
        Path folder = folder(dir);
        Files.delete(folder.resolve(NAME));
        Path stale = Files.createFile(folder.resolve(NAME + "123.unpacking"));
        Files.setLastModifiedTime(stale, FileTime.from(Instant.parse("2026-01-01T00:00:00Z")));
        Path fresh = Files.createFile(folder.resolve(NAME + "456.unpacking"));

        unpack(dir);

        assertThat(stale).doesNotExist();
        assertThat(fresh).exists();
    }

    @Test
    void aCacheThatCannotBeWrittenIsAnErrorThatNamesTheWayOut() throws Exception {
        Path file = Files.createFile(dir.resolve("file"));

        assertThatThrownBy(() -> unpack(file)).isInstanceOf(IOException.class);
        Class<?> ours = LibraryFile.class;
        if (ours.getResource("native/linux-x86_64/libdeltapress.so") != null) {
            assertThatThrownBy(() -> LibraryFile.unpacked(Flavour.HOST, file))
                    .isInstanceOf(LibraryUnavailableException.class)
                    .hasMessageContaining("libdeltapress.so cannot be unpacked")
                    .hasMessageContaining(file.toString())
                    .hasMessageContaining("deltapress.cache");
        }
    }

    @Test
    void manyThreadsMayUnpackAtOnce() throws Exception {
        List<Callable<Path>> tasks = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            tasks.add(() -> unpack(dir));
        }
        try (var threads = Executors.newFixedThreadPool(8)) {
            for (var done : threads.invokeAll(tasks)) {
                assertThat(done.get()).hasBinaryContent(content());
            }
        }
        requireOneFile();
    }

    @Test
    void manyProcessesMayUnpackAtOnce() throws Exception {
        List<Process> processes = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            processes.add(
                    new ProcessBuilder(
                                    Path.of(System.getProperty("java.home"), "bin", "java")
                                            .toString(),
                                    "-cp",
                                    System.getProperty("java.class.path"),
                                    Main.class.getName(),
                                    dir.toString())
                            .redirectErrorStream(true)
                            .start());
        }
        for (Process process : processes) {
            String output =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(output).isZero();
        }
        requireOneFile();
    }

    private void requireOneFile() throws IOException {
        try (var files = Files.list(folder(dir))) {
            assertThat(files).hasSize(1);
        }
    }

    /** One of many processes: each removes the file now and then, and must find it right again. */
    static final class Main {
        public static void main(String[] args) throws IOException {
            for (int i = 0; i < 20; i++) {
                Path file = unpack(Path.of(args[0]));
                if (i % 5 == 4) {
                    Files.deleteIfExists(file);
                } else {
                    requireWhole(file);
                }
            }
            unpack(Path.of(args[0]));
        }

        private static void requireWhole(Path file) throws IOException {
            try {
                long size = Files.size(file);
                if (size != SIZE) {
                    throw new IOException("half-written: " + size);
                }
            } catch (NoSuchFileException e) {
                // Another process has just removed it.
            }
        }
    }
}
