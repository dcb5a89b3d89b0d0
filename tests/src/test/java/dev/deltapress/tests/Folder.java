package dev.deltapress.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deltapress.method.ImPart;
import dev.deltapress.pipeline.CompressRequest;
import dev.deltapress.pipeline.Compressor;
import dev.deltapress.pipeline.Pairs;
import dev.deltapress.pipeline.Progress;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A folder that holds a pair of models, and soon a delta and a restored model. */
record Folder(Path path) {

    /** With a small pair, one file each. */
    static Folder withPair(Path path) throws IOException {
        Folder folder = new Folder(path);
        Pairs base = Pairs.base();
        base.writeFile(folder.base());
        base.tuned().writeFile(folder.tuned());
        return folder;
    }

    Path base() {
        return path.resolve("base.safetensors");
    }

    Path tuned() {
        return path.resolve("tuned.safetensors");
    }

    Path delta() {
        return path.resolve("delta");
    }

    Path restored() {
        return path.resolve("restored.safetensors");
    }

    /**
     * Compresses the pair inside this JVM, which is faster where the program itself is not tested.
     */
    void makeDelta() throws IOException {
        Compressor.compress(
                CompressRequest.of(base(), tuned(), delta()).withMethod(ImPart.ratio(4)),
                Progress.NONE);
    }

    void rewriteBase(Pairs model) throws IOException {
        Files.delete(base());
        model.writeFile(base());
    }

    void rewriteTuned(Pairs model) throws IOException {
        Files.delete(tuned());
        model.writeFile(tuned());
    }

    /** Compresses the pair at 4x, which the overheads of small matrices leave in reach. */
    Program.Result compress(Object... more) throws IOException, InterruptedException {
        return Program.run(compressArguments(more));
    }

    Object[] compressArguments(Object... more) {
        Object[] usual = {
            "compress", "--base", base(), "--tuned", tuned(), "--out", delta(), "--ratio", "4"
        };
        return Stream.of(usual, more).flatMap(Stream::of).toArray();
    }

    Program.Result restore(Object... more) throws IOException, InterruptedException {
        Object[] usual = {"restore", "--base", base(), "--delta", delta(), "--out", restored()};
        return Program.run(Stream.of(usual, more).flatMap(Stream::of).toArray());
    }

    /** Names of everything in the folder, hidden or not. */
    List<String> names() throws IOException {
        try (Stream<Path> listed = Files.list(path)) {
            return listed.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    /** Names of what a run keeps beside its output while it works. */
    List<String> temporaries() throws IOException {
        return names().stream().filter(name -> name.contains(".deltapress-")).toList();
    }

    /** SHA-256 of every file, by its path from here. */
    Map<String, String> hashes() throws IOException {
        Map<String, String> hashes = new TreeMap<>();
        try (Stream<Path> walked = Files.walk(path)) {
            for (Path file : walked.filter(Files::isRegularFile).toList()) {
                hashes.put(path.relativize(file).toString(), hash(Files.readAllBytes(file)));
            }
        }
        return hashes;
    }

    private static String hash(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    /** Runs what must fail: inputs, outputs and their surroundings stay byte for byte. */
    void requireUntouchedBy(Run run, int exitCode, String... words)
            throws IOException, InterruptedException {
        Map<String, String> before = hashes();
        Program.Result result = run.run();
        assertThat(result.exitCode()).as(result.err()).isEqualTo(exitCode);
        assertThat(result.out()).isEmpty();
        assertThat(result.errorLines()).hasSizeLessThanOrEqualTo(3);
        assertThat(String.join("\n", lastWords(result))).contains(words);
        assertThat(hashes()).isEqualTo(before);
        assertThat(temporaries()).isEmpty();
    }

    /** The error, and for wrong usage the line before the hint that ends it. */
    private static List<String> lastWords(Program.Result result) {
        List<String> lines = result.errorLines();
        boolean hint = result.error().startsWith("Try 'deltapress");
        return lines.subList(lines.size() - (hint ? 2 : 1), lines.size());
    }

    /** One run of the program. */
    interface Run {
        Program.Result run() throws IOException, InterruptedException;
    }
}
