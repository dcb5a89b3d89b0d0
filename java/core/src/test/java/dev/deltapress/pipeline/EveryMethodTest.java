package dev.deltapress.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.deltapress.checkpoint.Checkpoint;
import dev.deltapress.checkpoint.Checkpoints;
import dev.deltapress.method.Method;
import dev.deltapress.method.Methods;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.TensorInfo;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** What holds for every method, whatever its matrices are stored as. */
class EveryMethodTest {
    private static final double RATIO = 8;
    private static final String Q = "model.layers.0.self_attn.q_proj.weight";
    private static final String EXPERTS = "model.layers.0.mlp.experts.gate_up_proj";

    @TempDir Path dir;

    @BeforeEach
    void writePair() throws IOException {
        Random random = new Random(3);
        Pairs base = Pairs.base();
        base.put(EXPERTS, DType.F16, Pairs.gaussian(random, 2 * 192 * 256, 0.1), 2, 192, 256);
        base.put(Q, DType.F32, Pairs.gaussian(random, 300 * 200, 0.1), 300, 200);
        base.writeFile(dir.resolve("base.safetensors"));
        base.tuned().writeFile(dir.resolve("tuned.safetensors"));
    }

    static List<String> methods() {
        return Methods.names();
    }

    @ParameterizedTest
    @MethodSource("methods")
    void theBytesHoldTheRatioAndDecodeToWhatIsReported(String name) throws IOException {
        CompressReport report = compress(name, 2, "delta");

        // What all have in common is a lot for a small model: it is taken from the budgets first.
        if (Methods.takesRatio(name)) {
            assertThat(report.matrixRatio()).isGreaterThanOrEqualTo(RATIO);
        }
        VerifyReport verified =
                Verifier.verify(
                        new VerifyRequest(
                                dir.resolve("delta"),
                                dir.resolve("base.safetensors"),
                                dir.resolve("tuned.safetensors"),
                                new Resources("java", 2, 0)),
                        Progress.NONE);
        assertThat(verified.relativeError()).isCloseTo(report.relativeError(), within(1e-6));
        assertThat(verified.restoredRelativeError())
                .isCloseTo(report.restoredRelativeError(), within(1e-6));
    }

    @ParameterizedTest
    @MethodSource("methods")
    void threadsDoNotChangeABit(String name) throws IOException {
        compress(name, 1, "one");
        compress(name, 3, "three");

        for (String file : List.of("delta.json", "delta.safetensors")) {
            assertThat(dir.resolve("three").resolve(file))
                    .hasSameBinaryContentAs(dir.resolve("one").resolve(file));
        }
    }

    @ParameterizedTest
    @MethodSource("methods")
    void rowsOnDemandAreThoseOfTheWholeRestored(String name) throws IOException {
        compress(name, 2, "delta");
        Path restored = dir.resolve("restored.safetensors");
        Restorer.restore(
                RestoreRequest.of(dir.resolve("base.safetensors"), dir.resolve("delta"), restored),
                Progress.NONE);

        Resources resources = new Resources("java", 2, 0);
        try (Checkpoint whole = Checkpoints.open(restored);
                BaseModel base = BaseModel.open(dir.resolve("base.safetensors"), resources);
                TunedModel model = TunedModel.open(base, dir.resolve("delta"));
                Arena arena = Arena.ofConfined()) {
            for (Map.Entry<String, TensorInfo> tensor : whole.tensors().entrySet()) {
                MemorySegment expected = whole.map(tensor.getKey(), arena);
                long rows = tensor.getValue().shape().dimension(0);
                long row = expected.byteSize() / rows;
                long from = rows / 3;
                MemorySegment part = arena.allocate((rows - from) * row);
                model.readRows(tensor.getKey(), from, rows - from, part);
                assertThat(part.toArray(ValueLayout.JAVA_BYTE))
                        .as(tensor.getKey())
                        .isEqualTo(expected.asSlice(from * row).toArray(ValueLayout.JAVA_BYTE));
            }
        }
        assertThat(Files.size(restored)).isEqualTo(Files.size(dir.resolve("tuned.safetensors")));
    }

    private CompressReport compress(String name, int threads, String out) throws IOException {
        Method method =
                Methods.takesRatio(name)
                        ? Methods.create(name, RATIO, Map.of())
                        : Methods.create(name, Map.of());
        return Compressor.compress(
                CompressRequest.of(
                                dir.resolve("base.safetensors"),
                                dir.resolve("tuned.safetensors"),
                                dir.resolve(out))
                        .withMethod(method)
                        .withResources(new Resources("java", threads, 0)),
                Progress.NONE);
    }
}
