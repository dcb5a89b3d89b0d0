package dev.deltapress.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deltapress.DeltaPressException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;

class StagingTest {
    @TempDir Path dir;

    @Test
    void nothingIsAtTheTargetBeforeTheCommitAndEverythingAfterIt() throws IOException {
        Path target = dir.resolve("out");
        try (Staging staging = Staging.beside(target)) {
            Files.createDirectories(staging.folder().resolve("sub"));
            Files.writeString(staging.folder().resolve("sub/a"), "1");
            assertThat(target).doesNotExist();

            staging.commitFolder(Replaced.nothing());
        }
        assertThat(target.resolve("sub/a")).hasContent("1");
        assertThat(names(target)).containsExactly("sub");
        assertThat(names(dir)).containsExactly("out");
    }

    @Test
    void whatIsNotCommittedVanishes() throws IOException {
        try (Staging staging = Staging.beside(dir.resolve("out"))) {
            Files.writeString(staging.folder().resolve("a"), "1");
        }
        assertThat(names(dir)).isEmpty();
    }

    @Test
    void theFoldersOfDeadRunsAreRemovedAndThoseOfLivingRunsStay() throws IOException {
        Path dead = Files.createDirectory(dir.resolve(".out.deltapress-dead"));
        Files.writeString(dead.resolve(".lock"), "");
        Files.writeString(dead.resolve("half"), "written");
        Path old = Files.createDirectory(dir.resolve(".out.deltapress-old-without-lock"));
        Files.setLastModifiedTime(old, FileTime.fromMillis(0));
        Path other = Files.createDirectory(dir.resolve(".other.deltapress-dead"));
        try (Staging living = Staging.beside(dir.resolve("out"));
                Staging second = Staging.beside(dir.resolve("out"))) {
            assertThat(living.folder()).exists();
            assertThat(second.folder()).exists();
        }
        assertThat(dead).doesNotExist();
        assertThat(old).doesNotExist();
        assertThat(other).exists();
    }

    @Test
    void aReplacedFolderIsGoneAfterTheCommit() throws IOException {
        Path target = Files.createDirectory(dir.resolve("out"));
        Files.writeString(target.resolve("old"), "1");
        try (Staging staging = Staging.beside(target)) {
            Files.writeString(staging.folder().resolve("new"), "2");
            staging.commitFolder(Replaced.folder(target, List.of("old")));
        }
        assertThat(names(target)).containsExactly("new");
        assertThat(names(dir)).containsExactly("out");
    }

    @Test
    void aReplacedFolderComesBackWhereTheCommitFails() throws IOException {
        Path target = Files.createDirectory(dir.resolve("out"));
        Files.writeString(target.resolve("old"), "1");
        try (Staging staging = Staging.beside(target)) {
            Files.writeString(staging.folder().resolve("a"), "2");
            Replaced replaced = Replaced.folder(target, List.of("old"));

            assertThatThrownBy(() -> staging.commitFiles(List.of("a", "missing"), replaced))
                    .isInstanceOf(IOException.class);
        }
        assertThat(target.resolve("old")).hasContent("1");
        assertThat(names(dir)).containsExactly("out");
    }

    @Test
    void aFolderWithAnythingElseInItIsNotReplaced() throws IOException {
        Path sub = Files.createDirectories(dir.resolve("out/sub"));
        Files.writeString(sub.resolve("mine"), "1");

        assertThatThrownBy(() -> Replaced.folder(dir.resolve("out"), List.of("delta.json")))
                .isInstanceOf(DeltaPressException.class)
                .hasMessageContaining("'sub/mine'");
    }

    @Test
    void aTargetInAFolderThatIsNotThereIsRefused() {
        assertThatThrownBy(() -> Staging.beside(dir.resolve("none/out")))
                .isInstanceOf(DeltaPressException.class)
                .hasMessageEndingWith("its folder does not exist");
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> listed = Files.list(folder)) {
            return listed.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }
}
