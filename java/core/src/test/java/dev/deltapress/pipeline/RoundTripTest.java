package dev.deltapress.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.deltapress.checkpoint.Checkpoint;
import dev.deltapress.checkpoint.Checkpoints;
import dev.deltapress.checkpoint.PlannedTensor;
import dev.deltapress.method.ImPart;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Floats;
import dev.deltapress.tensor.Shape;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

class RoundTripTest {
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

    @ParameterizedTest(name = "sharded {0}")
    @ValueSource(booleans = {false, true})
    void everythingButTheMatricesComesBackByteForByte(boolean sharded) throws IOException {
        Path tunedFolder = tuned.writeFolder(dir.resolve("tuned"), sharded);
        CompressReport report =
                compress(base.writeFolder(dir.resolve("base"), !sharded), tunedFolder);
        restore();

        assertThat(report.matrices()).isEqualTo(4);
        assertThat(files(dir.resolve("restored"))).containsAll(files(tunedFolder));
        try (Checkpoint expected = Checkpoints.open(tunedFolder);
                Checkpoint restored = Checkpoints.open(dir.resolve("restored"));
                Arena arena = Arena.ofConfined()) {
            assertThat(restored.tensors()).isEqualTo(expected.tensors());
            for (String name : expected.tensors().keySet()) {
                long mismatch = expected.map(name, arena).mismatch(restored.map(name, arena));
                assertThat(mismatch >= 0).as(name).isEqualTo(name.contains("_proj"));
            }
        }
        for (String file : List.of("config.json", "tokenizer.json")) {
            assertThat(dir.resolve("restored").resolve(file))
                    .hasSameBinaryContentAs(tunedFolder.resolve(file));
        }
    }

    @Test
    void theReportedErrorIsThatOfTheRestoredMatricesAndWhatVerifySays() throws IOException {
        CompressReport report =
                compress(base.writeFile(file("base")), tuned.writeFile(file("tuned")));
        Restorer.restore(
                RestoreRequest.of(file("base"), dir.resolve("delta"), file("restored")),
                Progress.NONE);
        VerifyReport verified = verify();

        double error = 0;
        double energy = 0;
        try (Checkpoint b = Checkpoints.open(file("base"));
                Checkpoint t = Checkpoints.open(file("tuned"));
                Checkpoint r = Checkpoints.open(file("restored"));
                Arena arena = Arena.ofConfined()) {
            for (String name : t.tensors().keySet()) {
                if (name.contains("_proj")) {
                    MemorySegment before = b.map(name, arena);
                    MemorySegment after = t.map(name, arena);
                    MemorySegment restored = r.map(name, arena);
                    for (long i = 0; i < after.byteSize() / 2; i++) {
                        double d =
                                Floats.get(after, DType.BF16, i)
                                        - Floats.get(before, DType.BF16, i);
                        double e =
                                Floats.get(restored, DType.BF16, i)
                                        - Floats.get(after, DType.BF16, i);
                        energy += d * d;
                        error += e * e;
                    }
                }
            }
        }
        assertThat(report.restoredRelativeError())
                .isCloseTo(Math.sqrt(error / energy), within(1e-6));
        assertThat(verified.relativeError()).isCloseTo(report.relativeError(), within(1e-12));
        assertThat(verified.restoredRelativeError())
                .isCloseTo(report.restoredRelativeError(), within(1e-12));
        assertThat(report.relativeError()).isBetween(0.01, 0.9);
    }

    @Test
    void theRatiosCountEveryByteOnDisk() throws IOException {
        CompressReport report =
                compress(base.writeFile(file("base")), tuned.writeFile(file("tuned")));

        long onDisk = 0;
        for (String name : files(dir.resolve("delta"))) {
            onDisk += Files.size(dir.resolve("delta").resolve(name));
        }
        assertThat(report.storedBytes()).isEqualTo(onDisk);
        assertThat(report.matrixRatio()).isBetween(4.0, 4.2);
        assertThat(report.matrixBytes16Bit()).isEqualTo(2L * 2 * (128 * 64 + 64 * 160));
    }

    @Test
    void theBytesDependNeitherOnThreadsNorOnTheRun() throws IOException {
        base.writeFile(file("base"));
        tuned.writeFile(file("tuned"));
        Map<String, byte[]> first = null;
        for (int threads : new int[] {1, 2, 1, 5}) {
            Path out = dir.resolve("delta" + threads + (first == null));
            CompressRequest request =
                    CompressRequest.of(file("base"), file("tuned"), out)
                            .withMethod(ImPart.ratio(4))
                            .withResources(new Resources("auto", threads, 0));
            Compressor.compress(request.withForce(true), Progress.NONE);
            Map<String, byte[]> bytes = new HashMap<>();
            for (String name : files(out)) {
                bytes.put(name, Files.readAllBytes(out.resolve(name)));
            }
            if (first == null) {
                first = bytes;
            }
            assertThat(bytes).containsExactlyInAnyOrderEntriesOf(first);
        }
    }

    @Test
    void aBaseThatIsShardedInAnotherWayIsTheSameBase() throws IOException {
        compress(
                base.writeFolder(dir.resolve("base"), false),
                tuned.writeFolder(dir.resolve("tuned"), false));
        Path sharded = base.writeFolder(dir.resolve("sharded"), true);

        Restorer.restore(
                RestoreRequest.of(sharded, dir.resolve("delta"), dir.resolve("restored")),
                Progress.NONE);

        assertThat(dir.resolve("restored/model.safetensors")).exists();
    }

    @Test
    void addedVocabularyRowsAreKeptExactlyInEveryMode() throws IOException {
        tuned.put(EMBEDDING, DType.BF16, grown(tuned.values(EMBEDDING), 3 * 64), 99, 64);
        base.writeFile(file("base"));
        tuned.writeFile(file("tuned"));
        for (EmbeddingMode mode : EmbeddingMode.values()) {
            restoreWith(new Selection(List.of(), List.of(), mode), mode.name());

            byte[] expected = bytes(file("tuned"), EMBEDDING);
            byte[] restored = bytes(file(mode.name()), EMBEDDING);
            int common = 96 * 64 * 2;
            assertThat(tail(restored, common)).as("%s", mode).isEqualTo(tail(expected, common));
            assertThat(restored.length).isEqualTo(expected.length);
            if (mode == EmbeddingMode.EXACT) {
                assertThat(restored).isEqualTo(expected);
            }
            if (mode == EmbeddingMode.BASE) {
                assertThat(head(restored, common)).isEqualTo(bytes(file("base"), EMBEDDING));
            }
        }
    }

    @Test
    void aVocabularyMayShrink() throws IOException {
        float[] values = java.util.Arrays.copyOf(tuned.values(EMBEDDING), 80 * 64);
        tuned.put(EMBEDDING, DType.BF16, values, 80, 64);
        base.writeFile(file("base"));
        tuned.writeFile(file("tuned"));

        restoreWith(Selection.defaults(), "restored");

        assertThat(bytes(file("restored"), EMBEDDING)).isEqualTo(bytes(file("tuned"), EMBEDDING));
    }

    @Test
    void expertsAreCompressedOneByOne() throws IOException {
        String name = "model.layers.0.mlp.experts.gate_up_proj";
        Random random = new Random(3);
        base.put(name, DType.F16, Pairs.gaussian(random, 3 * 64 * 96, 0.1), 3, 64, 96);
        tuned = base.tuned();
        CompressReport report =
                compress(base.writeFile(file("base")), tuned.writeFile(file("tuned")));

        assertThat(report.tensors())
                .filteredOn(tensor -> tensor.name().equals(name))
                .singleElement()
                .satisfies(
                        tensor -> {
                            assertThat(tensor.kind()).isEqualTo("factors");
                            assertThat(tensor.relativeError()).isBetween(0.01, 0.9);
                        });
        assertThat(verify().relativeError()).isCloseTo(report.relativeError(), within(1e-12));
    }

    @Test
    void tensorsThatAreEqualCostNothingButTheirRecords() throws IOException {
        base.writeFile(file("base"));
        CompressReport report = compress(file("base"), base.writeFile(file("tuned")));

        assertThat(report.tensors()).allSatisfy(t -> assertThat(t.kind()).isEqualTo("equal"));
        assertThat(report.relativeError()).isZero();
        Restorer.restore(
                RestoreRequest.of(file("base"), dir.resolve("delta"), file("restored")),
                Progress.NONE);
        assertThat(file("restored")).hasSameBinaryContentAs(file("tuned"));
    }

    @Test
    void anyTypeOfTensorPassesThroughExactly() throws IOException {
        Random random = new Random(4);
        for (DType dtype : DType.values()) {
            MemorySegment before = randomBytes(random, dtype.bits());
            MemorySegment after = randomBytes(random, dtype.bits());
            PlannedTensor tensor = new PlannedTensor("t." + dtype, dtype, Shape.of(8));
            base.putBytes(tensor, before);
            tuned.putBytes(tensor, after);
        }
        tuned.putBytes(new PlannedTensor("scalar", DType.I64, Shape.of()), randomBytes(random, 8));
        tuned.putBytes(
                new PlannedTensor("empty", DType.F32, Shape.of(0, 5)), randomBytes(random, 0));
        base.writeFile(file("base"));
        tuned.writeFile(file("tuned"));

        restoreWith(new Selection(List.of(), List.of("*_proj*"), EmbeddingMode.EXACT), "restored");

        assertThat(file("restored")).hasSameBinaryContentAs(file("tuned"));
    }

    @Test
    void includeAndExcludeChooseTheMatrices() throws IOException {
        base.writeFile(file("base"));
        tuned.writeFile(file("tuned"));

        assertThat(matrices(new Selection(List.of("*q_proj*"), List.of(), EmbeddingMode.EXACT)))
                .containsExactlyInAnyOrder(Q, Q.replace(".0.", ".1."));
        assertThat(matrices(new Selection(List.of(), List.of("*.layers.1.*"), EmbeddingMode.EXACT)))
                .containsExactlyInAnyOrder(Q, "model.layers.0.mlp.down_proj.weight");
        assertThat(matrices(new Selection(List.of(), List.of(), EmbeddingMode.COMPRESS)))
                .contains(EMBEDDING, "lm_head.weight");
    }

    @Test
    void aTiedHeadInTheBaseIsItsEmbedding() throws IOException {
        Path baseFolder = base.remove("lm_head.weight").writeFolder(dir.resolve("base"), false);
        Files.writeString(baseFolder.resolve("config.json"), "{\"tie_word_embeddings\":true}");
        Path tunedFolder = tuned.writeFolder(dir.resolve("tuned"), false);

        CompressReport report = compress(baseFolder, tunedFolder);
        restore();

        assertThat(kind(report, "lm_head.weight")).isIn("lossless", "exact");
        assertThat(bytes(dir.resolve("restored"), "lm_head.weight"))
                .isEqualTo(bytes(tunedFolder, "lm_head.weight"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"F32", "F16", "BF16"})
    void aModelRestoresInAnotherType(String dtype) throws IOException {
        DType type = DType.valueOf(dtype);
        compress(
                base.writeFolder(dir.resolve("base"), false),
                tuned.writeFolder(dir.resolve("tuned"), true));

        Restorer.restore(
                new RestoreRequest(
                        dir.resolve("base"),
                        dir.resolve("delta"),
                        dir.resolve("restored"),
                        type,
                        false,
                        Resources.defaults()),
                Progress.NONE);

        try (Checkpoint restored = Checkpoints.open(dir.resolve("restored"))) {
            assertThat(restored.tensors().values())
                    .allSatisfy(t -> assertThat(t.dtype()).isEqualTo(type));
            assertThat(restored.tensors()).hasSize(8);
        }
        assertThat(Files.readString(dir.resolve("restored/config.json")))
                .contains(
                        type == DType.F32 ? "float32" : type == DType.F16 ? "float16" : "bfloat16");
    }

    @Test
    void aShardedModelRestoresToOneFileWhereThatIsAskedFor() throws IOException {
        compress(
                base.writeFolder(dir.resolve("base"), true),
                tuned.writeFolder(dir.resolve("tuned"), true));

        Restorer.restore(
                RestoreRequest.of(dir.resolve("base"), dir.resolve("delta"), file("restored")),
                Progress.NONE);

        assertThat(bytes(file("restored"), EMBEDDING))
                .isEqualTo(bytes(dir.resolve("tuned"), EMBEDDING));
    }

    @Test
    void inspectListsWhatIsInTheFile() throws IOException {
        CompressReport report =
                compress(
                        base.writeFolder(dir.resolve("base"), false),
                        tuned.writeFolder(dir.resolve("tuned"), false));

        InspectReport inspected = Inspector.inspect(dir.resolve("delta"));

        assertThat(inspected.method()).isEqualTo("impart");
        assertThat(inspected.base()).isEqualTo("base");
        assertThat(inspected.storedBytes()).isEqualTo(report.storedBytes());
        assertThat(inspected.files().keySet()).containsExactly("config.json", "tokenizer.json");
        assertThat(inspected.tensors())
                .extracting(TensorReport::storedBytes)
                .isEqualTo(report.tensors().stream().map(TensorReport::storedBytes).toList());
    }

    @Test
    void planForeseesTheMatricesAndBoundsTheFile() throws IOException {
        base.writeFile(file("base"));
        tuned.writeFile(file("tuned"));
        CompressRequest request = request(file("base"), file("tuned"));

        PlanReport plan = Planner.plan(request);
        CompressReport report = Compressor.compress(request, Progress.NONE);

        assertThat(plan.matrices()).isEqualTo(report.matrices());
        assertThat(plan.matrixBytes16Bit()).isEqualTo(report.matrixBytes16Bit());
        assertThat(report.storedBytes()).isLessThanOrEqualTo(plan.estimatedBytes());
        assertThat(dir.resolve("delta")).exists();
    }

    private List<String> matrices(Selection selection) throws IOException {
        return Planner.plan(with(selection)).tensors().stream()
                .filter(TensorReport::matrix)
                .map(TensorReport::name)
                .toList();
    }

    private void restoreWith(Selection selection, String name) throws IOException {
        Compressor.compress(with(selection), Progress.NONE);
        Restorer.restore(
                RestoreRequest.of(file("base"), dir.resolve("delta"), file(name)), Progress.NONE);
    }

    private CompressRequest with(Selection selection) {
        CompressRequest r = request(file("base"), file("tuned"));
        return new CompressRequest(
                r.base(),
                r.tuned(),
                r.out(),
                r.method(),
                0,
                selection,
                r.nonFinite(),
                false,
                true,
                r.resources());
    }

    private CompressReport compress(Path from, Path to) throws IOException {
        return Compressor.compress(request(from, to), Progress.NONE);
    }

    private CompressRequest request(Path from, Path to) {
        return CompressRequest.of(from, to, dir.resolve("delta")).withMethod(ImPart.ratio(4));
    }

    private void restore() throws IOException {
        Restorer.restore(
                RestoreRequest.of(
                        dir.resolve("base"), dir.resolve("delta"), dir.resolve("restored")),
                Progress.NONE);
    }

    private VerifyReport verify() throws IOException {
        return Verifier.verify(
                new VerifyRequest(
                        dir.resolve("delta"), file("base"), file("tuned"), Resources.defaults()),
                Progress.NONE);
    }

    private Path file(String name) {
        return dir.resolve(name + ".safetensors");
    }

    private static String kind(CompressReport report, String name) {
        return report.tensors().stream()
                .filter(t -> t.name().equals(name))
                .findFirst()
                .orElseThrow()
                .kind();
    }

    private static List<String> files(Path folder) throws IOException {
        try (Stream<Path> listed = Files.list(folder)) {
            return listed.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    private static byte[] bytes(Path model, String tensor) throws IOException {
        try (Checkpoint checkpoint = Checkpoints.open(model);
                Arena arena = Arena.ofConfined()) {
            return checkpoint.map(tensor, arena).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
        }
    }

    private static byte[] head(byte[] bytes, int length) {
        return java.util.Arrays.copyOf(bytes, length);
    }

    private static byte[] tail(byte[] bytes, int from) {
        return java.util.Arrays.copyOfRange(bytes, from, bytes.length);
    }

    private static float[] grown(float[] values, int by) {
        float[] grown = java.util.Arrays.copyOf(values, values.length + by);
        java.util.Arrays.fill(grown, values.length, grown.length, 0.125f);
        return grown;
    }

    private static MemorySegment randomBytes(Random random, int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return MemorySegment.ofArray(bytes);
    }
}
