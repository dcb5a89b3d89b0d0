package dev.deltapress.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deltapress.backend.JavaBackend;
import dev.deltapress.delta.Hashes;
import dev.deltapress.method.ImPart;
import dev.deltapress.tensor.DType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A delta of version 1 as it was written when the version was made. Every later version reads it to
 * the same bytes. With {@code -Dgolden.write=true} the files are made anew, which only a new
 * version of the format justifies.
 */
class GoldenDeltaTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden/v1");
    private static final Path BASE = GOLDEN.resolve("base.safetensors");
    private static final Path TUNED = GOLDEN.resolve("tuned");

    @TempDir Path dir;

    @Test
    void theGoldenDeltaRestoresToTheGoldenModel() throws IOException {
        if (Boolean.getBoolean("golden.write")) {
            write();
        }
        Path restored = dir.resolve("restored");

        Restorer.restore(RestoreRequest.of(BASE, GOLDEN.resolve("delta"), restored), Progress.NONE);

        Path expected = GOLDEN.resolve("restored");
        for (String name : names(expected)) {
            assertThat(restored.resolve(name)).hasSameBinaryContentAs(expected.resolve(name));
        }
    }

    /**
     * Everything that decides a byte of a delta is pinned by this: what is written today for the
     * golden pair, by hash. It may change with the arithmetic, which the changelog then says;
     * {@code v1} may not.
     */
    @Test
    void theGoldenPairCompressesToTheBytesOnRecord() throws IOException {
        Path delta = dir.resolve("delta");

        compress(delta);

        List<String> found = new ArrayList<>();
        for (String name : names(delta)) {
            found.add(Hashes.ofFile(delta.resolve(name)) + "  " + name);
        }
        assertThat(found)
                .containsExactlyInAnyOrderElementsOf(
                        Files.readAllLines(GOLDEN.resolveSibling("written-today.txt")));
    }

    @Test
    void theGoldenDeltaHoldsEveryKind() throws IOException {
        assertThat(Inspector.inspect(GOLDEN.resolve("delta")).tensors())
                .extracting(TensorReport::kind)
                .contains("equal", "exact", "lossless", "factors");
    }

    private static void compress(Path delta) throws IOException {
        Compressor.compress(
                CompressRequest.of(BASE, TUNED, delta)
                        .withMethod(ImPart.ratio(4))
                        .withResources(new Resources(new JavaBackend().name(), 1, 0)),
                Progress.NONE);
    }

    private static void write() throws IOException {
        Files.createDirectories(GOLDEN);
        Pairs base = Pairs.base();
        Pairs tuned = base.tuned();
        String norm = "model.layers.1.input_layernorm.weight";
        tuned.put(norm, DType.F32, base.values(norm), 64);
        tuned.put("score.bias", DType.F16, new float[] {1, -0f, Float.NaN}, 3);
        String embedding = "model.embed_tokens.weight";
        float[] grown = java.util.Arrays.copyOf(tuned.values(embedding), 98 * 64);
        tuned.put(embedding, DType.BF16, grown, 98, 64);
        base.writeFile(BASE);
        tuned.writeFolder(TUNED, false);
        compress(GOLDEN.resolve("delta"));
        Restorer.restore(
                RestoreRequest.of(BASE, GOLDEN.resolve("delta"), GOLDEN.resolve("restored")),
                Progress.NONE);
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> listed = Files.list(folder)) {
            return listed.map(path -> path.getFileName().toString()).toList();
        }
    }
}
