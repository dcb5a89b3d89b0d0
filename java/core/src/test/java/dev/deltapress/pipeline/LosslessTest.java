package dev.deltapress.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deltapress.UsageException;
import dev.deltapress.checkpoint.PlannedTensor;
import dev.deltapress.method.Methods;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Floats;
import dev.deltapress.tensor.Shape;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;

class LosslessTest {
    private static final String Q = "model.layers.0.self_attn.q_proj.weight";
    private static final String EMBEDDING = "model.embed_tokens.weight";

    @TempDir Path dir;
    private Pairs base;
    private Pairs tuned;

    @BeforeEach
    void makePair() {
        base = Pairs.base();
        tuned = base.tuned();
    }

    /** Gaussian weights, every special value on both sides, and bytes without a meaning. */
    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16", "F64", "F8_E4M3", "F8_E5M2", "I64", "I16", "U8"})
    void everyTypeComesBackBitForBit(DType dtype) throws IOException {
        int elements = 300 * 256;
        MemorySegment before = noise(dtype, elements, 1);
        MemorySegment after = noise(dtype, elements, 2);
        if (dtype.isCompressible()) {
            weights(dtype, before, after, 200 * 256);
        }
        put(base, "model.layers.0.noise.weight", dtype, before, 300, 256);
        put(tuned, "model.layers.0.noise.weight", dtype, after, 300, 256);
        if (dtype == DType.F32) {
            narrow(DType.F16);
            narrow(DType.BF16);
        }
        tuned.put("score.bias", DType.F16, new float[] {1, -0f, Float.NaN}, 3);

        CompressReport report = compressAndRestore();

        assertThat(report.tensors())
                .extracting(TensorReport::kind)
                .isSubsetOf("equal", "lossless", "exact");
    }

    private void narrow(DType held) {
        float[] before = new float[64 * 64];
        float[] after = new float[before.length];
        Random random = new Random(3);
        for (int i = 0; i < before.length; i++) {
            before[i] = rounded(held, random.nextGaussian());
            after[i] = rounded(held, before[i] + 0.01 * random.nextGaussian());
        }
        after[5] = -0f;
        after[6] = Float.NEGATIVE_INFINITY;
        base.put("narrow." + held, DType.F32, before, 64, 64);
        tuned.put("narrow." + held, DType.F32, after, 64, 64);
    }

    private static float rounded(DType held, double value) {
        return held == DType.F16
                ? Float.float16ToFloat(Float.floatToFloat16((float) value))
                : Floats.fromBf16(Floats.toBf16((float) value));
    }

    @Test
    void grownShrunkNewAndEmptyTensorsComeBackBitForBit() throws IOException {
        grow(128);
        tuned.put("lm_head.weight", DType.BF16, new float[90 * 64], 90, 64);
        tuned.put("new.weight", DType.F32, new float[] {Float.NaN, 2}, 2);
        base.put("empty", DType.BF16, new float[0], 0, 64);
        tuned.put("empty", DType.BF16, new float[0], 0, 64);
        base.put("scalar", DType.F32, new float[] {1});
        tuned.put("scalar", DType.F32, new float[] {-1});

        compressAndRestore();
    }

    private void grow(int rows) {
        float[] grown = java.util.Arrays.copyOf(tuned.values(EMBEDDING), rows * 64);
        java.util.Arrays.fill(grown, 96 * 64, grown.length, 0.25f);
        tuned.put(EMBEDDING, DType.BF16, grown, rows, 64);
    }

    @Test
    void aModelThatIsItsBaseTakesItsRecordsAlone() throws IOException {
        tuned = base;

        CompressReport report = compressAndRestore();

        assertThat(report.tensors()).extracting(TensorReport::kind).containsOnly("equal");
    }

    @Test
    void theReportHasNumbersWithoutMatrices() throws IOException {
        CompressReport report = compressAndRestore();
        PlanReport plan = Planner.plan(request());

        assertThat(report.method()).isEqualTo("lossless");
        assertThat(report.matrices()).isZero();
        assertThat(report.matrixBytes16Bit()).isZero();
        assertThat(report.matrixRatio()).isZero();
        assertThat(report.relativeError()).isZero();
        assertThat(report.restoredRelativeError()).isZero();
        assertThat(report.storedBytes()).isLessThan(report.tunedBytes16Bit());
        assertThat(plan.matrices()).isZero();
        assertThat(plan.matrixBudgetBytes()).isZero();
        assertThat(plan.estimatedBytes()).isGreaterThan(report.storedBytes());
        assertThat(plan.notes()).noneMatch(note -> note.contains("--embeddings"));
        assertThat(Files.readString(dir.resolve("delta/delta.json")))
                .contains("{\"name\":\"lossless\",\"ratio\":1.0,\"parameters\":{}}");
    }

    @Test
    void whatWouldLeaveATensorInexactIsRefused() throws IOException {
        base.writeFile(file("base"));
        tuned.writeFile(file("tuned"));
        List<Selection> refused =
                List.of(
                        new Selection(List.of(), List.of(), EmbeddingMode.BASE),
                        new Selection(List.of(), List.of(), EmbeddingMode.COMPRESS),
                        new Selection(List.of(Q), List.of(), EmbeddingMode.EXACT));
        for (Selection selection : refused) {
            CompressRequest r = request();
            CompressRequest request =
                    new CompressRequest(
                            r.base(),
                            r.tuned(),
                            r.out(),
                            r.method(),
                            r.seed(),
                            selection,
                            r.nonFinite(),
                            r.allowRemoved(),
                            r.force(),
                            r.resources());
            assertThatThrownBy(() -> Compressor.compress(request, Progress.NONE))
                    .isInstanceOf(UsageException.class)
                    .hasMessageStartingWith("lossless: keeps every tensor exactly, so --include");
        }
    }

    private CompressReport compressAndRestore() throws IOException {
        base.writeFile(file("base"));
        tuned.writeFile(file("tuned"));
        CompressReport report = Compressor.compress(request(), Progress.NONE);
        Restorer.restore(
                RestoreRequest.of(file("base"), dir.resolve("delta"), file("restored")),
                Progress.NONE);
        assertThat(file("restored")).hasSameBinaryContentAs(file("tuned"));
        return report;
    }

    private CompressRequest request() {
        return CompressRequest.of(file("base"), file("tuned"), dir.resolve("delta"))
                .withMethod(Methods.create("lossless", Map.of()));
    }

    private Path file(String name) {
        return dir.resolve(name + ".safetensors");
    }

    private static void put(Pairs model, String name, DType dtype, MemorySegment data, long... n) {
        model.putBytes(new PlannedTensor(name, dtype, Shape.of(n)), data);
    }

    private static MemorySegment noise(DType dtype, int elements, long seed) {
        byte[] bytes = new byte[elements * dtype.bits() / 8];
        new Random(seed).nextBytes(bytes);
        return MemorySegment.ofArray(bytes);
    }

    /** Makes the first elements weights and a fine-tune of them, with specials among them. */
    private static void weights(
            DType dtype, MemorySegment before, MemorySegment after, int elements) {
        Random random = new Random(4);
        List<UnaryOperator<Float>> specials =
                List.of(
                        x -> -0f,
                        x -> Float.NaN,
                        x -> Float.POSITIVE_INFINITY,
                        x -> 1e-41f,
                        x -> x);
        for (int i = 0; i < elements; i++) {
            float x = (float) (0.02 * random.nextGaussian());
            float y = (float) (x + 0.0005 * random.nextGaussian());
            if (i % 41 == 0) {
                x = specials.get(random.nextInt(specials.size())).apply(x);
                y = specials.get(random.nextInt(specials.size())).apply(y);
            }
            Floats.set(before, dtype, i, x);
            Floats.set(after, dtype, i, y);
        }
    }
}
