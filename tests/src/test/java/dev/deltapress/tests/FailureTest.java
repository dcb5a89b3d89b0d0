package dev.deltapress.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deltapress.pipeline.Pairs;
import dev.deltapress.tensor.DType;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Whatever is wrong ends with the right exit code and one line that names it; nothing else happens.
 */
class FailureTest {
    private static final String Q = "model.layers.0.self_attn.q_proj.weight";
    private static final int FAILED = 1;
    private static final int USAGE = 2;
    private static final int BACKEND_UNAVAILABLE = 3;

    @TempDir private Path dir;
    private Folder folder;
    private Pairs base;
    private Pairs tuned;

    @BeforeEach
    void makePair() throws Exception {
        base = Pairs.base();
        tuned = base.tuned();
        folder = Folder.withPair(dir);
    }

    @Test
    void anotherBaseIsRefusedByItsFirstTensorThatDiffers() throws Exception {
        folder.makeDelta();
        float[] values = base.values(Q);
        values[5] += 1;
        folder.rewriteBase(base.put(Q, DType.BF16, values, 128, 64));

        folder.requireUntouchedBy(folder::restore, FAILED, "base.safetensors", Q);
    }

    @ParameterizedTest
    @ValueSource(strings = {"delta.json", "delta.safetensors"})
    void aFlippedByteInTheDeltaIsFound(String file) throws Exception {
        folder.makeDelta();
        Path path = folder.delta().resolve(file);
        byte[] bytes = Files.readAllBytes(path);
        bytes[bytes.length / 2] ^= 1;
        Files.write(path, bytes);

        folder.requireUntouchedBy(folder::restore, FAILED, file);
        folder.requireUntouchedBy(
                () -> Program.run("verify", "--delta", folder.delta()), FAILED, file);
    }

    @Test
    void aTruncatedShardOfTheDeltaIsFound() throws Exception {
        folder.makeDelta();
        truncate(folder.delta().resolve("delta.safetensors"));

        folder.requireUntouchedBy(folder::restore, FAILED, "delta.safetensors");
    }

    @Test
    void aTruncatedShardOfAModelIsFound() throws Exception {
        Path sharded = tuned.writeFolder(dir.resolve("tuned"), true);
        truncate(sharded.resolve("model-00003-of-00008.safetensors"));

        folder.requireUntouchedBy(
                () ->
                        Program.run(
                                "compress",
                                "--base",
                                folder.base(),
                                "--tuned",
                                sharded,
                                "--out",
                                folder.delta()),
                FAILED,
                "model-00003-of-00008.safetensors",
                "tensor");
    }

    @Test
    void aTensorThatTheTunedModelLacksIsNamed() throws Exception {
        folder.rewriteTuned(tuned.remove(Q));

        folder.requireUntouchedBy(
                folder::compress, FAILED, "tuned.safetensors", Q, "--allow-removed");
    }

    @Test
    void shapesThatDifferAreNamed() throws Exception {
        folder.rewriteTuned(tuned.put(Q, DType.BF16, new float[127 * 64], 127, 64));

        folder.requireUntouchedBy(
                folder::compress, FAILED, "tuned.safetensors", Q, "[127,64]", "[128,64]");
    }

    @Test
    void aNaNIsNamed() throws Exception {
        float[] values = tuned.values(Q);
        values[77] = Float.NaN;
        folder.rewriteTuned(tuned.put(Q, DType.BF16, values, 128, 64));

        folder.requireUntouchedBy(folder::compress, FAILED, "tuned.safetensors", Q);
    }

    @Test
    void anExistingOutputIsKept() throws Exception {
        folder.makeDelta();
        Files.writeString(folder.restored(), "mine");

        folder.requireUntouchedBy(folder::compress, FAILED, "delta", "--force");
        folder.requireUntouchedBy(folder::restore, FAILED, "restored.safetensors", "--force");
    }

    @Test
    void anInputThatIsNotThereIsNamed() throws Exception {
        Files.delete(folder.tuned());

        folder.requireUntouchedBy(folder::compress, FAILED, "tuned.safetensors");
        folder.requireUntouchedBy(
                () -> Program.run("inspect", "--delta", folder.delta()), FAILED, "delta");
    }

    @Test
    void wrongUsageIsNamed() throws Exception {
        folder.requireUntouchedBy(
                () -> folder.compress("--method", "zip"), USAGE, "zip", "known: impart");
        folder.requireUntouchedBy(
                () -> folder.compress("--set", "gamma=1"), USAGE, "gamma", "beta");
        folder.requireUntouchedBy(() -> folder.compress("--speed=9"), USAGE, "--speed=9");
        folder.requireUntouchedBy(() -> Program.run("squash"), USAGE, "squash");
        folder.requireUntouchedBy(() -> Program.run("compress"), USAGE, "--base");
    }

    @Test
    void aRatioThatCannotBeIsRefused() throws Exception {
        folder.requireUntouchedBy(() -> compressAt("0.5"), USAGE, "ratio", "0.5");
        folder.requireUntouchedBy(() -> compressAt("4000"), USAGE, "4000", "best ratio here: ");
    }

    @Test
    void aBackendThatIsNotBuiltIsNeverReplaced() throws Exception {
        folder.requireUntouchedBy(
                () -> folder.compress("--backend", "cuda"), BACKEND_UNAVAILABLE, "cuda");
    }

    @Test
    void aNativeLibraryThatDoesNotLoadIsNeverReplacedWhereItWasAskedFor() throws Exception {
        Path library = Files.writeString(dir.resolve("libdeltapress.so"), "not a library");
        Program broken = Program.withProperty("deltapress.native.library", library.toString());
        folder.requireUntouchedBy(
                () -> broken.execute(folder.compressArguments("--backend", "native")),
                BACKEND_UNAVAILABLE,
                "backend 'native' cannot run here: " + library);
        Program.Result java = broken.execute(folder.compressArguments());
        assertThat(java.exitCode()).as(java.err()).isZero();
        assertThat(java.err()).contains("backend: java", "native: " + library);
    }

    private Program.Result compressAt(String ratio) throws IOException, InterruptedException {
        return Program.run(
                "compress",
                "--base",
                folder.base(),
                "--tuned",
                folder.tuned(),
                "--out",
                folder.delta(),
                "--ratio",
                ratio);
    }

    private static void truncate(Path file) throws Exception {
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length - 1));
    }
}
