package dev.deltapress.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import static java.util.Objects.requireNonNull;

import dev.deltapress.BackendUnavailableException;
import dev.deltapress.DeltaPressException;
import dev.deltapress.MalformedFileException;
import dev.deltapress.MismatchException;
import dev.deltapress.UsageException;
import dev.deltapress.backend.BackendStatus;
import dev.deltapress.backend.Backends;
import dev.deltapress.method.ImPart;
import dev.deltapress.tensor.DType;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Whatever is wrong is named, nothing half-written is left, and inputs stay as they are. */
class FaultsTest {
    private static final String Q = "model.layers.0.self_attn.q_proj.weight";

    @TempDir Path dir;
    private Pairs base;
    private Pairs tuned;

    @BeforeEach
    void makePair() {
        base = Pairs.base();
        tuned = base.tuned();
    }

    @AfterEach
    void nothingTemporaryIsLeft() throws IOException {
        try (Stream<Path> listed = Files.list(dir)) {
            assertThat(listed.map(path -> path.getFileName().toString()))
                    .noneMatch(name -> name.contains(".deltapress-"));
        }
    }

    @Test
    void aWrongBaseIsRefusedByItsFirstTensorThatDiffers() throws IOException {
        compress();
        float[] values = base.values(Q);
        values[5] += 1;
        base.put(Q, DType.BF16, values, 128, 64);
        Files.delete(file("base"));
        base.writeFile(file("base"));

        assertThatThrownBy(this::restore)
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining("base.safetensors: tensor '" + Q + "' differs");
        assertThatThrownBy(() -> verify(file("base"), null)).isInstanceOf(MismatchException.class);
        assertThat(file("restored")).doesNotExist();
    }

    @Test
    void aBaseThatDiffersOnlyInATensorThatIsNotNeededIsRefusedToo() throws IOException {
        base.put("extra.bias", DType.F32, new float[] {1, 2}, 2);
        base.writeFile(file("base"));
        tuned.writeFile(file("tuned"));
        CompressRequest r = request();
        Compressor.compress(
                new CompressRequest(
                        r.base(),
                        r.tuned(),
                        r.out(),
                        r.method(),
                        0,
                        r.selection(),
                        r.nonFinite(),
                        true,
                        false,
                        r.resources()),
                Progress.NONE);
        base.put("extra.bias", DType.F32, new float[] {1, 3}, 2);
        Files.delete(file("base"));
        base.writeFile(file("base"));

        assertThatThrownBy(this::restore)
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining("'extra.bias' differs");
    }

    @Test
    void aFlippedByteAnywhereInTheDeltaIsFoundByVerifyAndByRestore() throws IOException {
        compress();
        for (String name : List.of("delta.json", "delta.safetensors")) {
            Path path = dir.resolve("delta").resolve(name);
            byte[] bytes = Files.readAllBytes(path);
            // Every byte of headers and manifests, every eleventh of the payloads.
            for (int at = 0; at < bytes.length; at += at < 1500 ? 1 : 11) {
                byte[] flipped = bytes.clone();
                flipped[at] ^= (byte) (1 << at % 8);
                Files.write(path, flipped);
                assertThatThrownBy(() -> verify(null, null))
                        .as("byte %d of %s", at, name)
                        .isInstanceOf(MalformedFileException.class)
                        .hasMessageContaining(name);
            }
            bytes[bytes.length / 2] ^= 1;
            Files.write(path, bytes);
            assertThatThrownBy(this::restore).hasMessageContaining(name);
            bytes[bytes.length / 2] ^= 1;
            Files.write(path, bytes);
        }
        verify(null, null);
    }

    @Test
    void aTruncatedShardOfTheDeltaIsRefused() throws IOException {
        compress();
        Path shard = dir.resolve("delta/delta.safetensors");
        byte[] bytes = Files.readAllBytes(shard);
        Files.write(shard, Arrays.copyOf(bytes, bytes.length - 1));

        assertThatThrownBy(this::restore)
                .hasMessageEndingWith(
                        "expected %d bytes, found %d".formatted(bytes.length, bytes.length - 1));
        Files.delete(shard);
        assertThatThrownBy(this::restore).hasMessageEndingWith("missing from the delta");
    }

    @Test
    void aTruncatedModelIsRefused() throws IOException {
        base.writeFile(file("base"));
        tuned.writeFile(file("tuned"));
        byte[] bytes = Files.readAllBytes(file("tuned"));
        Files.write(file("tuned"), Arrays.copyOf(bytes, bytes.length - 2));

        assertThatThrownBy(() -> Compressor.compress(request(), Progress.NONE))
                .isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("tuned.safetensors");
        assertThat(dir.resolve("delta")).doesNotExist();
    }

    @Test
    void aTensorThatOnlyTheBaseHasIsNamed() throws IOException {
        tuned.remove(Q);

        assertThatThrownBy(this::compress)
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining("tensor '" + Q + "'")
                .hasMessageContaining("--allow-removed");
    }

    @Test
    void aTensorThatOnlyTheTunedModelHasIsKeptExactly() throws IOException {
        tuned.put("score.weight", DType.F32, new float[] {1, 2, 3}, 3);

        CompressReport report = compress();

        assertThat(report.tensors())
                .filteredOn(t -> t.name().equals("score.weight"))
                .singleElement()
                .satisfies(t -> assertThat(t.kind()).isEqualTo("exact"));
        PlanReport plan = Planner.plan(request().withForce(true));
        assertThat(plan.notes()).contains("only in the tuned model, kept exactly: score.weight");
    }

    @Test
    void shapesThatDifferAreNamed() throws IOException {
        tuned.put(Q, DType.BF16, new float[127 * 64], 127, 64);

        assertThatThrownBy(this::compress)
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining("tensor '%s' has shape [127,64], but [128,64]".formatted(Q));
    }

    @Test
    void verifyHoldsAddedRowsOfACompressedTableAgainstTheModel() throws IOException {
        String table = "model.embed_tokens.weight";
        float[] values = Arrays.copyOf(tuned.values(table), 99 * 64);
        tuned.put(table, DType.BF16, values, 99, 64);
        base.writeFile(file("base"));
        tuned.writeFile(file("tuned"));
        CompressRequest r = request();
        Compressor.compress(
                new CompressRequest(
                        r.base(),
                        r.tuned(),
                        r.out(),
                        r.method(),
                        0,
                        new Selection(List.of(), List.of(), EmbeddingMode.COMPRESS),
                        r.nonFinite(),
                        false,
                        false,
                        r.resources()),
                Progress.NONE);
        verify(file("base"), file("tuned"));

        values[98 * 64] = 1;
        tuned.put(table, DType.BF16, values, 99, 64);
        Files.delete(file("tuned"));
        tuned.writeFile(file("tuned"));
        assertThatThrownBy(() -> verify(file("base"), file("tuned")))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining("'%s' is stored exactly, but differs at byte", table);
    }

    @Test
    void aNaNInAMatrixIsRefusedOrKeptExactly() throws IOException {
        float[] values = tuned.values(Q);
        values[77] = Float.NaN;
        tuned.put(Q, DType.BF16, values, 128, 64);

        assertThatThrownBy(this::compress)
                .isInstanceOf(DeltaPressException.class)
                .hasMessageContaining("tuned.safetensors: tensor '" + Q + "': 1 elements")
                .hasMessageContaining("--nonfinite=exact");
        assertThat(dir.resolve("delta")).doesNotExist();

        CompressRequest r = request();
        CompressReport report =
                Compressor.compress(
                        new CompressRequest(
                                r.base(),
                                r.tuned(),
                                r.out(),
                                r.method(),
                                0,
                                r.selection(),
                                NonFinitePolicy.EXACT,
                                false,
                                false,
                                r.resources()),
                        Progress.NONE);
        assertThat(report.matrices()).isEqualTo(3);
        assertThat(verify(file("base"), file("tuned")).tensors())
                .filteredOn(t -> t.name().equals(Q))
                .singleElement()
                .satisfies(t -> assertThat(t.relativeError()).isZero());
    }

    @Test
    void anExistingOutputStaysUnlessForceReplacesOurs() throws IOException {
        compress();
        assertThatThrownBy(() -> Compressor.compress(request(), Progress.NONE))
                .isInstanceOf(DeltaPressException.class)
                .hasMessageContaining("--force");
        Compressor.compress(request().withForce(true), Progress.NONE);
        restore();
        assertThatThrownBy(this::restore).hasMessageContaining("--force");
        restoreByForce();
    }

    @Test
    void forceReplacesNothingThatWeDidNotWrite() throws IOException {
        compress();
        Path delta = dir.resolve("delta");
        Files.writeString(delta.resolve("notes.txt"), "mine");
        assertThatThrownBy(() -> Compressor.compress(request().withForce(true), Progress.NONE))
                .hasMessageContaining("'notes.txt', which DeltaPress did not write");
        assertThat(delta.resolve("notes.txt")).hasContent("mine");
        Files.delete(delta.resolve("notes.txt"));

        Files.writeString(file("restored"), "somebody else's");
        assertThatThrownBy(this::restoreByForce)
                .hasMessageContaining("DeltaPress did not write it");
        assertThat(file("restored")).hasContent("somebody else's");
    }

    @Test
    void anOutputThatIsAnInputOrInsideOneIsRefused() throws IOException {
        Path baseFolder = base.writeFolder(dir.resolve("base"), false);
        Path tunedFolder = tuned.writeFolder(dir.resolve("tuned"), false);
        Files.createSymbolicLink(dir.resolve("link"), tunedFolder);
        for (Path out :
                List.of(
                        tunedFolder,
                        tunedFolder.resolve("delta"),
                        baseFolder,
                        dir.resolve("link/delta"))) {
            assertThatThrownBy(
                            () ->
                                    Compressor.compress(
                                            CompressRequest.of(baseFolder, tunedFolder, out)
                                                    .withForce(true),
                                            Progress.NONE))
                    .isInstanceOf(DeltaPressException.class)
                    .hasMessageContaining("the output is the input");
        }
        assertThat(tunedFolder.resolve("model.safetensors")).exists();
    }

    @Test
    void aRatioBeyondReachNamesTheBestThatIs() throws IOException {
        base.writeFile(file("base"));
        tuned.writeFile(file("tuned"));
        String message =
                catchThrowableOfType(
                                UsageException.class,
                                () -> Planner.plan(request().withMethod(ImPart.ratio(1000))))
                        .getMessage();
        double best = bestRatio(requireNonNull(message));

        CompressReport report =
                Compressor.compress(request().withMethod(ImPart.ratio(best)), Progress.NONE);
        assertThat(report.matrixRatio()).isGreaterThanOrEqualTo(best);
        assertThatThrownBy(() -> Planner.plan(request().withMethod(ImPart.ratio(best + 0.3))))
                .isInstanceOf(UsageException.class);
    }

    @Test
    void aBackendThatCannotRunIsRefusedAndNeverReplaced() throws IOException {
        base.writeFile(file("base"));
        tuned.writeFile(file("tuned"));
        List<String> missing =
                Backends.survey().stream()
                        .filter(status -> !status.available())
                        .map(BackendStatus::name)
                        .toList();
        for (String name : missing) {
            assertThatThrownBy(
                            () ->
                                    Compressor.compress(
                                            request().withResources(new Resources(name, 1, 0)),
                                            Progress.NONE))
                    .isInstanceOf(BackendUnavailableException.class)
                    .hasMessageContaining(name);
        }
        assertThatThrownBy(
                        () ->
                                Compressor.compress(
                                        request().withResources(new Resources("tpu", 1, 0)),
                                        Progress.NONE))
                .isInstanceOf(UsageException.class);
    }

    @Test
    void aMemoryBoundBelowOneTensorIsRefusedAndALargerOneObeyed() throws IOException {
        base.writeFile(file("base"));
        tuned.writeFile(file("tuned"));
        CompressRequest tooLittle =
                request().withResources(new Resources("auto", 2, megabytes(400)));

        String line = "--max-memory allows 400 MB, but work on tensor 'model.layers.";
        assertThatThrownBy(() -> Planner.plan(tooLittle))
                .isInstanceOf(DeltaPressException.class)
                .hasMessageStartingWith(line);
        assertThatThrownBy(() -> Compressor.compress(tooLittle, Progress.NONE))
                .isInstanceOf(DeltaPressException.class)
                .hasMessageStartingWith(line);
        assertThat(dir.resolve("delta")).doesNotExist();

        Resources enough = new Resources("auto", 4, megabytes(400 + 24));
        Compressor.compress(request().withResources(enough), Progress.NONE);
    }

    private static long megabytes(int count) {
        return (long) count << 20;
    }

    @Test
    void aModelThatOverflowsHalfPrecisionIsNamed() throws IOException {
        float[] values = tuned.values(Q);
        Arrays.fill(values, 0, 64, 1e30f);
        tuned.put(Q, DType.BF16, values, 128, 64);
        compress();

        assertThatThrownBy(
                        () ->
                                Restorer.restore(
                                        new RestoreRequest(
                                                file("base"),
                                                dir.resolve("delta"),
                                                file("restored"),
                                                DType.F16,
                                                false,
                                                Resources.defaults()),
                                        Progress.NONE))
                .isInstanceOf(DeltaPressException.class)
                .hasMessageContaining(Q)
                .hasMessageContaining("too large");
    }

    private static double bestRatio(String message) {
        assertThat(message).contains("best ratio here: ");
        return Double.parseDouble(message.substring(message.lastIndexOf(' ')));
    }

    private CompressReport compress() throws IOException {
        base.writeFile(file("base"));
        tuned.writeFile(file("tuned"));
        return Compressor.compress(request(), Progress.NONE);
    }

    private CompressRequest request() {
        return CompressRequest.of(file("base"), file("tuned"), dir.resolve("delta"))
                .withMethod(ImPart.ratio(4));
    }

    private void restore() throws IOException {
        Restorer.restore(
                RestoreRequest.of(file("base"), dir.resolve("delta"), file("restored")),
                Progress.NONE);
    }

    private void restoreByForce() throws IOException {
        Restorer.restore(
                new RestoreRequest(
                        file("base"),
                        dir.resolve("delta"),
                        file("restored"),
                        null,
                        true,
                        Resources.defaults()),
                Progress.NONE);
    }

    private VerifyReport verify(
            @org.jspecify.annotations.Nullable Path from,
            @org.jspecify.annotations.Nullable Path to)
            throws IOException {
        return Verifier.verify(
                new VerifyRequest(dir.resolve("delta"), from, to, Resources.defaults()),
                Progress.NONE);
    }

    private Path file(String name) {
        return dir.resolve(name + ".safetensors");
    }
}
