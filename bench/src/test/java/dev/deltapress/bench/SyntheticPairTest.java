package dev.deltapress.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.deltapress.checkpoint.Checkpoint;
import dev.deltapress.checkpoint.Checkpoints;
import dev.deltapress.linalg.Kernels;
import dev.deltapress.linalg.Matrix;
import dev.deltapress.linalg.TruncatedSvd;
import dev.deltapress.tensor.Floats;
import dev.deltapress.tensor.TensorInfo;
import dev.deltapress.tensor.TensorRole;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

class SyntheticPairTest {
    private static final LlamaShape SHAPE = new LlamaShape(2, 320, 640, 300);
    private static final SyntheticNumbers NUMBERS = new SyntheticNumbers(3, 0.02, 40, false);
    private static final String QUERY = "model.layers.0.self_attn.q_proj.weight";

    @TempDir private Path dir;

    @Test
    void bothModelsOpenAsALlama() throws IOException {
        SyntheticPair.write(dir, SHAPE, NUMBERS, 2);

        try (Checkpoint base = Checkpoints.open(dir.resolve("base"));
                Checkpoint tuned = Checkpoints.open(dir.resolve("tuned"))) {
            assertThat(tuned.tensors()).isEqualTo(base.tensors());
            assertThat(withRole(base, TensorRole.MATRIX)).hasSize(2 * 7);
            assertThat(withRole(base, TensorRole.EMBEDDING)).hasSize(2);
            assertThat(withRole(base, TensorRole.OTHER)).hasSize(2 * 2 + 1);
        }
    }

    @Test
    void bytesDoNotDependOnThreads() throws IOException {
        SyntheticPair.write(dir.resolve("one"), SHAPE, NUMBERS, 1);
        SyntheticPair.write(dir.resolve("three"), SHAPE, NUMBERS, 3);

        try (Stream<Path> files = Files.walk(dir.resolve("one"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path other = dir.resolve("three").resolve(dir.resolve("one").relativize(file));
                assertThat(other).hasSameBinaryContentAs(file);
            }
        }
    }

    @Test
    void deltasAreSmallAndDifferent() throws IOException {
        SyntheticPair.write(dir, SHAPE, NUMBERS, 2);

        float[] query = read("base", QUERY);
        assertThat(norm(query) / Math.sqrt(query.length)).isCloseTo(0.02, within(1e-4));
        float[] delta = difference(read("tuned", QUERY), query);
        // The bulk's 2%, spikes, and a rounding of 8% of the bulk.
        assertThat(norm(delta) / norm(query)).isBetween(0.0200, 0.0230);
        String key = QUERY.replace("q_proj", "k_proj");
        float[] other = difference(read("tuned", key), read("base", key));
        assertThat(cosine(delta, other)).isCloseTo(0, within(0.02));
        assertThat(cosine(delta, query)).isCloseTo(0, within(0.02));
    }

    @Test
    void tablesDifferOnlyWhenAskedFor() throws IOException {
        SyntheticPair.write(dir, SHAPE, NUMBERS, 2);
        assertThat(read("tuned", "lm_head.weight")).isEqualTo(read("base", "lm_head.weight"));

        dir = dir.resolve("all");
        SyntheticPair.write(dir, SHAPE, new SyntheticNumbers(3, 0.02, 40, true), 2);
        assertThat(read("tuned", "lm_head.weight")).isNotEqualTo(read("base", "lm_head.weight"));
    }

    @Test
    void spikesStandOutOfTheBulk() throws IOException {
        SyntheticPair.write(dir, SHAPE, NUMBERS, 2);

        float[] delta = difference(read("tuned", QUERY), read("base", QUERY));
        double edge = 0.02 * 0.02 * 2 * Math.sqrt(320);
        assertThat(leading(320, 320, delta)).isBetween(1.9 * edge, 2.5 * edge);
    }

    @Test
    void oneMatrixHasTheSpectrumOfADelta() throws IOException {
        Path file = dir.resolve("a.safetensors");
        SyntheticMatrix.write(file, 300, 500, 5);

        try (Checkpoint checkpoint = Checkpoints.open(file);
                Arena arena = Arena.ofConfined()) {
            float[] a = checkpoint.map("a", arena).toArray(Floats.FLOAT32);
            double edge = Math.sqrt(300) + Math.sqrt(500);
            assertThat(norm(a) / Math.sqrt(a.length)).isBetween(1.0, 1.1);
            assertThat(leading(300, 500, a)).isBetween(1.9 * edge, 2.5 * edge);
        }
    }

    private static List<TensorInfo> withRole(Checkpoint model, TensorRole role) {
        return model.tensors().values().stream().filter(t -> t.role() == role).toList();
    }

    private float[] read(String model, String tensor) throws IOException {
        try (Checkpoint checkpoint = Checkpoints.open(dir.resolve(model));
                Arena arena = Arena.ofConfined()) {
            short[] words = checkpoint.map(tensor, arena).toArray(Floats.WORD16);
            float[] values = new float[words.length];
            for (int i = 0; i < words.length; i++) {
                values[i] = Floats.fromBf16(words[i]);
            }
            return values;
        }
    }

    private static double leading(int rows, int columns, float[] values) {
        try (Arena arena = Arena.ofConfined()) {
            Matrix matrix = Matrix.copyOf(arena, rows, columns, values);
            return new TruncatedSvd(Kernels.best()).compute(arena, matrix, 1).s()[0];
        }
    }

    private static float[] difference(float[] x, float[] y) {
        float[] difference = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            difference[i] = x[i] - y[i];
        }
        return difference;
    }

    private static double norm(float[] x) {
        return Math.sqrt(dot(x, x));
    }

    private static double cosine(float[] x, float[] y) {
        return dot(x, y) / norm(x) / norm(y);
    }

    private static double dot(float[] x, float[] y) {
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            sum += (double) x[i] * y[i];
        }
        return sum;
    }
}
