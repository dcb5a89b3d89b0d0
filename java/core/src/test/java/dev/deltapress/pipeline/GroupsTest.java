package dev.deltapress.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deltapress.BackendFailedException;
import dev.deltapress.backend.Backend;
import dev.deltapress.backend.DeltaOperator;
import dev.deltapress.backend.JavaBackend;
import dev.deltapress.backend.MatrixView;
import dev.deltapress.backend.PackedMatrix;
import dev.deltapress.backend.Weights;
import dev.deltapress.checkpoint.Checkpoint;
import dev.deltapress.checkpoint.Checkpoints;
import dev.deltapress.method.ImPart;
import dev.deltapress.tensor.DType;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/** A backend that works on several matrices at once gets them, and nothing else changes. */
class GroupsTest {
    private static final String Q = "model.layers.%d.self_attn.q_proj.weight";
    private static final String DOWN = "model.layers.%d.mlp.down_proj.weight";
    private static final String SHARD = "delta.safetensors";

    @TempDir Path dir;
    private Pairs base;
    private Pairs tuned;

    /** Seven matrices of one shape, two of another, and four experts in one tensor. */
    @BeforeEach
    void makePair() throws IOException {
        base = Pairs.base();
        Random random = new Random(5);
        for (int layer = 2; layer < 7; layer++) {
            base.put(Q.formatted(layer), DType.BF16, values(random, 128 * 64), 128, 64);
        }
        base.put(
                "model.layers.0.mlp.experts.down_proj",
                DType.BF16,
                values(random, 4 * 64 * 96),
                4,
                64,
                96);
        tuned = base.tuned();
        writePair();
    }

    private void writePair() throws IOException {
        for (String name : List.of("base.safetensors", "tuned.safetensors")) {
            Files.deleteIfExists(dir.resolve(name));
        }
        base.writeFile(dir.resolve("base.safetensors"));
        tuned.writeFile(dir.resolve("tuned.safetensors"));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void theBytesAreThoseOfMatricesWorkedOnAlone(int threads) throws IOException {
        Together alone = new Together(1, "");
        Together three = new Together(3, "");

        compress(alone, "alone", threads, 0);
        compress(three, "three", threads, 0);

        assertThat(three.sizes).containsExactlyInAnyOrder(3, 3, 1, 2, 3, 1);
        assertThat(alone.sizes).hasSize(13).containsOnly(1);
        assertThat(mismatch("alone", "three")).isEqualTo(-1);
    }

    @Test
    void aTensorThatIsKeptForItsNansLeavesTheOthersTogether() throws IOException {
        float[] values = tuned.values(Q.formatted(1));
        values[7] = Float.NaN;
        tuned.put(Q.formatted(1), DType.BF16, values, 128, 64);
        writePair();
        Together three = new Together(3, "");

        compress(new Together(1, ""), "alone", 1, 0);
        compress(three, "three", 1, 0);

        assertThat(three.sizes).containsExactlyInAnyOrder(2, 3, 1, 2, 3, 1);
        assertThat(mismatch("alone", "three")).isEqualTo(-1);
    }

    @Test
    void aBoundOnMemoryThatOneTensorFitsInDoesForAGroup() throws IOException {
        compress(new Together(1, ""), "alone", 1, 0);
        Together three = new Together(3, "");
        long need;
        try (Checkpoint from = Checkpoints.open(dir.resolve("base.safetensors"));
                Checkpoint to = Checkpoints.open(dir.resolve("tuned.safetensors"))) {
            TensorMemory memory = TensorMemory.of(three);
            CompressPlan plan = CompressPlan.of(from, to, request("three", 1, 0), "java");
            need = plan.tensors().stream().mapToLong(memory::toCompress).max().orElseThrow();
            assertThat(TensorGroups.of(plan.tensors(), three))
                    .anyMatch(group -> memory.toCompress(group) > need);
        }

        compress(three, "three", 2, ((long) Resources.PROCESS_MEGABYTES << 20) + need);

        assertThat(mismatch("alone", "three")).isEqualTo(-1);
    }

    @Test
    void aFailureNamesTheTensorWhereOneIsWorkedOn() {
        // The second of the matrices that are subtracted, and the first that is unpacked.
        assertFails("subtract", 1, DOWN.formatted(1));
        assertFails("unpack", 0, DOWN.formatted(0));
    }

    @Test
    void aFailureOfAllNamesAll() {
        assertFails("factorise", 0, DOWN.formatted(0) + "', '" + DOWN.formatted(1));
    }

    /** Of matrices of the first group in the plan. */
    private void assertFails(String call, int after, String names) {
        Together failing = new Together(3, call);
        failing.callsLeft.set(after);
        assertThatThrownBy(() -> compress(failing, "failed", 1, 0))
                .isInstanceOf(BackendFailedException.class)
                .hasMessage("tensor '" + names + "': broken");
        assertThat(dir.resolve("failed")).doesNotExist();
    }

    private void compress(Backend backend, String out, int threads, long memory)
            throws IOException {
        List<String> advanced = Collections.synchronizedList(new ArrayList<>());
        CompressReport report =
                Compressor.compress(
                        request(out, threads, memory),
                        new Progress() {
                            @Override
                            public void advance(long bytes, String tensor) {
                                advanced.add(tensor);
                            }
                        },
                        _ -> backend);
        assertThat(advanced)
                .containsExactlyInAnyOrderElementsOf(
                        report.tensors().stream().map(TensorReport::name).toList());
    }

    private CompressRequest request(String out, int threads, long memory) {
        return new CompressRequest(
                dir.resolve("base.safetensors"),
                dir.resolve("tuned.safetensors"),
                dir.resolve(out),
                ImPart.ratio(4),
                0,
                Selection.defaults(),
                NonFinitePolicy.EXACT,
                false,
                false,
                new Resources("java", threads, memory));
    }

    private long mismatch(String one, String other) throws IOException {
        return Files.mismatch(dir.resolve(one).resolve(SHARD), dir.resolve(other).resolve(SHARD));
    }

    private static float[] values(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (0.2 * random.nextGaussian());
        }
        return values;
    }

    /** The Java backend, which is told how many matrices to like, and which of its calls fails. */
    private static final class Together implements Backend {
        private final JavaBackend backend = new JavaBackend();
        private final int batch;
        private final String failing;
        private final List<Integer> sizes = Collections.synchronizedList(new ArrayList<>());
        private final AtomicInteger callsLeft = new AtomicInteger();

        Together(int batch, String failing) {
            this.batch = batch;
            this.failing = failing;
        }

        @Override
        public String name() {
            return backend.name();
        }

        @Override
        public int batch(int rows, int columns) {
            return batch;
        }

        @Override
        public Weights weights(MatrixView base) {
            return backend.weights(base);
        }

        @Override
        public DeltaOperator operator(PackedMatrix packed) {
            return backend.operator(packed);
        }

        @Override
        public Session open() {
            Session session = backend.open();
            return (Session)
                    Proxy.newProxyInstance(
                            Session.class.getClassLoader(),
                            new Class<?>[] {Session.class},
                            (_, method, arguments) -> {
                                if (method.getName().equals(failing)
                                        && callsLeft.getAndDecrement() == 0) {
                                    throw new BackendFailedException("broken");
                                }
                                if (method.getName().equals("factorise")) {
                                    sizes.add(((List<?>) arguments[0]).size());
                                }
                                try {
                                    return method.invoke(session, arguments);
                                } catch (InvocationTargetException e) {
                                    throw e.getCause();
                                }
                            });
        }

        @Override
        public void close() {
            backend.close();
        }
    }
}
