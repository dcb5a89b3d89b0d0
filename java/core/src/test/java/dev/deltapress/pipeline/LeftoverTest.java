package dev.deltapress.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.checkpoint.Checkpoint;
import dev.deltapress.checkpoint.Checkpoints;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.method.LowRank;
import dev.deltapress.method.Method;
import dev.deltapress.method.Methods;
import dev.deltapress.tensor.DType;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;

/** What whole components leave of a matrix's budget is spent on the next matrices. */
class LeftoverTest {
    private static final int LAYERS = 32;
    private static final int SIDE = 128;

    @TempDir private static Path dir;

    @BeforeAll
    static void writePair() throws IOException {
        Pairs base = Pairs.base();
        Random random = new Random(3);
        for (int layer = 2; layer < LAYERS; layer++) {
            base.put(
                    "model.layers.%d.self_attn.q_proj.weight".formatted(layer),
                    DType.F32,
                    Pairs.gaussian(random, SIDE * SIDE, 0.2),
                    SIDE,
                    SIDE);
        }
        base.writeFile(dir.resolve("base.safetensors"));
        base.tuned().writeFile(dir.resolve("tuned.safetensors"));
    }

    @ParameterizedTest(name = "{0} at {1}")
    @CsvSource({"lowrank, 8", "delta-come, 8", "deltamix, 8", "impart-qt, 8"})
    void theWholeMissesItsRatioByLessThanOnePercent(String name, double ratio) throws IOException {
        CompressReport report =
                Compressor.compress(
                        request("delta-" + name + ratio)
                                .withMethod(Methods.create(name, ratio, Map.of())),
                        Progress.NONE);

        assertThat(report.matrices()).isEqualTo(LAYERS + 2);
        assertThat(report.matrixRatio()).isBetween(ratio, 1.01 * ratio);
    }

    @Test
    void noMatrixWaitsForMoreThanAComponent() throws IOException {
        List<TensorPlan> own = plan(new KeepsItsBudgets(new LowRank(8)));
        List<TensorPlan> handedOn = plan(new LowRank(8));

        long left = 0;
        for (int i = 0; i < own.size(); i++) {
            left += own.get(i).budget() - handedOn.get(i).budget();
            long component = 2 + 2L * (own.get(i).rows() + own.get(i).columns());
            assertThat(left).isBetween(0L, component);
        }
        assertThat(handedOn.get(9).budget()).isEqualTo(20 + handedOn.get(9).budget() / 514 * 514);
    }

    /** A method that hands nothing on, whatever it leaves. */
    private record KeepsItsBudgets(Method method) implements Method {
        @Override
        public String name() {
            return method.name();
        }

        @Override
        public SortedMap<String, String> parameters() {
            return method.parameters();
        }

        @Override
        public double ratio() {
            return method.ratio();
        }

        @Override
        public long leastBytes(int rows, int columns) {
            return method.leastBytes(rows, columns);
        }

        @Override
        public List<MemorySegment> encode(
                Session session, List<Delta> deltas, List<MaskKey> keys, List<Long> budgets) {
            return method.encode(session, deltas, keys, budgets);
        }
    }

    private static List<TensorPlan> plan(Method method) throws IOException {
        try (Checkpoint base = Checkpoints.open(file("base"));
                Checkpoint tuned = Checkpoints.open(file("tuned"))) {
            return CompressPlan.of(base, tuned, request("none").withMethod(method), "java")
                    .compressed();
        }
    }

    private static CompressRequest request(String out) {
        return CompressRequest.of(file("base"), file("tuned"), dir.resolve(out))
                .withResources(new Resources("java", 1, 0));
    }

    private static Path file(String name) {
        return dir.resolve(name + ".safetensors");
    }
}
