package dev.deltapress.tests;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.tjake.jlama.safetensors.SafeTensorSupport;
import com.github.tjake.jlama.safetensors.WeightLoader;
import com.github.tjake.jlama.tensor.AbstractTensor;

import dev.deltapress.checkpoint.Checkpoint;
import dev.deltapress.checkpoint.Checkpoints;
import dev.deltapress.pipeline.Pairs;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Floats;
import dev.deltapress.tensor.TensorInfo;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Random;

/** Another reader of safetensors loads what was restored. */
class JlamaTest {
    @TempDir private Path dir;

    @Test
    void aRestoredFolderOfShardsLoads() throws Exception {
        Pairs base = Pairs.base();
        requireLoads(restored(base, base.tuned(), true));
    }

    /** Jlama refuses a header of more than 1 MiB; these tensors need more than one such. */
    @Test
    void aRestoredModelOfManyTensorsLoads() throws Exception {
        Random random = new Random(3);
        Pairs base = Pairs.base();
        String filler = "x".repeat(150);
        for (int i = 0; i < 6000; i++) {
            String name = "model.layers.0.%s.%04d.bias".formatted(filler, i);
            base.put(name, DType.F32, Pairs.gaussian(random, 2, 1), 2);
        }
        requireLoads(restored(base, base.tuned(), false));
    }

    private Path restored(Pairs base, Pairs tuned, boolean sharded) throws Exception {
        Path baseFolder = base.writeFolder(dir.resolve("base"), sharded);
        Path tunedFolder = tuned.writeFolder(dir.resolve("tuned"), sharded);
        Path delta = dir.resolve("delta");
        Path restored = dir.resolve("restored");
        run(
                "compress",
                "--base",
                baseFolder,
                "--tuned",
                tunedFolder,
                "--out",
                delta,
                "--ratio",
                "4");
        run("restore", "--base", baseFolder, "--delta", delta, "--out", restored);
        return restored;
    }

    private static void run(Object... arguments) throws Exception {
        Program.Result result = Program.run(arguments);
        assertThat(result.exitCode()).as(result.err()).isZero();
    }

    /** Every tensor, every value; test data have no more bits than Jlama's BF16 keeps. */
    @SuppressWarnings("try") // Jlama's close() may throw InterruptedException.
    private static void requireLoads(Path folder) throws Exception {
        try (Checkpoint ours = Checkpoints.open(folder);
                WeightLoader theirs = SafeTensorSupport.loadWeights(folder.toFile())) {
            assertThat(theirs.tensorInfoMap().keySet()).isEqualTo(ours.tensors().keySet());
            for (TensorInfo info : ours.tensors().values()) {
                try (AbstractTensor<?, ?> tensor = theirs.load(info.name())) {
                    requireEqual(ours, info, tensor);
                }
            }
        }
    }

    private static void requireEqual(Checkpoint ours, TensorInfo info, AbstractTensor<?, ?> theirs)
            throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = ours.map(info.name(), arena);
            int columns = Math.toIntExact(info.shape().dimensions().getLast());
            for (int i = 0; i < info.shape().elements(); i++) {
                float expected = Floats.get(data, info.dtype(), i);
                assertThat(theirs.get(i / columns, i % columns))
                        .as("%s [%d]", info.name(), i)
                        .isEqualTo(expected);
            }
        }
    }
}
