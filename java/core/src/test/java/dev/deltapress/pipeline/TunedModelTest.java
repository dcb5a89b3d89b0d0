package dev.deltapress.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import static java.util.Objects.requireNonNull;

import dev.deltapress.DeltaPressException;
import dev.deltapress.MalformedFileException;
import dev.deltapress.MismatchException;
import dev.deltapress.backend.DeltaOperator;
import dev.deltapress.backend.Weights;
import dev.deltapress.checkpoint.Checkpoint;
import dev.deltapress.checkpoint.Checkpoints;
import dev.deltapress.checkpoint.SafetensorsFile;
import dev.deltapress.delta.TensorRecord;
import dev.deltapress.delta.TensorRecord.Kind;
import dev.deltapress.method.ImPart;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Floats;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

class TunedModelTest {
    private static final String Q = "model.layers.0.self_attn.q_proj.weight";
    private static final String DOWN = "model.layers.1.mlp.down_proj.weight";
    private static final String EMBEDDING = "model.embed_tokens.weight";
    private static final String EXPERTS = "model.layers.0.mlp.experts.gate_up_proj";
    private static final Resources RESOURCES = new Resources("java", 2, 0);

    @TempDir Path dir;

    /**
     * Every way in which a tensor can be stored: factors, experts, exact, lossless, tail, equal.
     */
    @BeforeEach
    void compress() throws IOException {
        Random random = new Random(3);
        Pairs base = Pairs.base();
        base.put(EXPERTS, DType.F16, Pairs.gaussian(random, 3 * 64 * 96, 0.1), 3, 64, 96);
        float[] equal = Pairs.gaussian(random, 70, 1);
        base.put("same", DType.F32, equal, 70);
        Pairs tuned = base.tuned();
        tuned.put("same", DType.F32, equal, 70);
        tuned.put("new", DType.F32, Pairs.gaussian(random, 5, 1), 5);
        float[] grown = Arrays.copyOf(tuned.values(EMBEDDING), 99 * 64);
        tuned.put(EMBEDDING, DType.BF16, grown, 99, 64);
        base.writeFile(file("base"));
        tuned.writeFile(file("tuned"));
        Compressor.compress(
                CompressRequest.of(file("base"), file("tuned"), dir.resolve("delta"))
                        .withMethod(ImPart.ratio(4)),
                Progress.NONE);
        Restorer.restore(
                RestoreRequest.of(file("base"), dir.resolve("delta"), file("restored")),
                Progress.NONE);
    }

    private Path file(String name) {
        return dir.resolve(name + ".safetensors");
    }

    @Test
    void everyTensorAndEveryRangeOfRowsIsThatOfTheWholeRestoredModel() throws IOException {
        try (BaseModel base = BaseModel.open(file("base"), RESOURCES);
                TunedModel model = TunedModel.open(base, dir.resolve("delta"))) {
            assertThat(model.tensors().values().stream().map(TensorRecord::kind).distinct())
                    .containsExactlyInAnyOrder(Kind.FACTORS, Kind.EXACT, Kind.LOSSLESS, Kind.EQUAL);
            for (String name : model.tensors().keySet()) {
                check(model, name);
            }
        }
    }

    private void check(TunedModel model, String name) throws IOException {
        try (Checkpoint restored = Checkpoints.open(file("restored"));
                Arena arena = Arena.ofConfined()) {
            MemorySegment expected = restored.map(name, arena);
            MemorySegment whole = arena.allocate(expected.byteSize());
            model.read(name, whole);
            assertThat(whole.mismatch(expected)).as(name).isEqualTo(-1);
            long rows = requireNonNull(restored.tensors().get(name)).shape().dimension(0);
            long row = expected.byteSize() / rows;
            Random random = new Random(name.length());
            for (int i = 0; i < 12; i++) {
                long first = random.nextLong(rows);
                long count = i == 0 ? 0 : 1 + random.nextLong(rows - first);
                MemorySegment part = MemorySegment.ofArray(new byte[(int) (count * row)]);
                model.readRows(name, first, count, part);
                assertThat(part.mismatch(expected.asSlice(first * row, count * row)))
                        .as("%s, %d from %d", name, count, first)
                        .isEqualTo(-1);
            }
        }
    }

    @Test
    void manyThreadsMayReadAtOnce() throws Exception {
        try (BaseModel base = BaseModel.open(file("base"), RESOURCES);
                TunedModel model = TunedModel.open(base, dir.resolve("delta"));
                ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Future<?>> readers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                List<String> names = new ArrayList<>(model.tensors().keySet());
                Collections.shuffle(names, new Random(i));
                readers.add(
                        threads.submit(
                                () -> {
                                    for (String name : names) {
                                        check(model, name);
                                    }
                                    return null;
                                }));
            }
            for (Future<?> reader : readers) {
                reader.get();
            }
        }
    }

    @Test
    void operatorsOfManyDeltasMultiplyAsTheRestoredMatrixDoes() throws IOException {
        try (BaseModel base = BaseModel.open(file("base"), RESOURCES);
                TunedModel model = TunedModel.open(base, dir.resolve("delta"));
                TunedModel other = TunedModel.open(base, dir.resolve("delta"));
                DeltaOperator operator = model.operator(Q);
                Arena arena = Arena.ofShared()) {
            Weights weights = model.weights(Q);
            assertThat(other.weights(Q)).isSameAs(weights);
            float[] vector = Pairs.gaussian(new Random(5), 64, 1);
            MemorySegment x = arena.allocateFrom(ValueLayout.JAVA_FLOAT, vector);
            MemorySegment y = arena.allocate(128 * Float.BYTES, 4);
            operator.apply(weights, x, 1, y);

            MemorySegment restored = arena.allocate(128 * 64 * 2);
            model.read(Q, restored);
            for (int i = 0; i < 128; i++) {
                double sum = 0;
                double size = 0;
                for (int j = 0; j < 64; j++) {
                    double term = (double) Floats.get(restored, DType.BF16, i * 64 + j) * vector[j];
                    sum += term;
                    size += Math.abs(term);
                }
                // A restored element is rounded to 8 bits, which outweighs all else.
                assertThat((double) y.getAtIndex(ValueLayout.JAVA_FLOAT, i))
                        .isCloseTo(sum, within(0x1p-8 * size));
            }
        }
    }

    @Test
    void whatIsNoMatrixOfFactorsHasNoOperator() throws IOException {
        try (BaseModel base = BaseModel.open(file("base"), RESOURCES);
                TunedModel model = TunedModel.open(base, dir.resolve("delta"))) {
            assertThatThrownBy(() -> model.operator("same"))
                    .isInstanceOf(DeltaPressException.class)
                    .hasMessageContaining("'same': equal [70] is no matrix of factors");
            assertThatThrownBy(() -> model.operator(EXPERTS))
                    .hasMessageContaining("factors [3,64,96] is no matrix of factors");
            assertThatThrownBy(() -> model.operator("absent"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("no tensor 'absent'");
        }
    }

    @Test
    void rowsAndSizesThatDoNotFitAreNamed() throws IOException {
        try (BaseModel base = BaseModel.open(file("base"), RESOURCES);
                TunedModel model = TunedModel.open(base, dir.resolve("delta"))) {
            MemorySegment out = MemorySegment.ofArray(new byte[10]);
            assertThatThrownBy(() -> model.read(Q, out))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("10 bytes for 16384 of tensor '" + Q + "'");
            assertThatThrownBy(() -> model.readRows(Q, 127, 2, out))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("2 rows from 127 of tensor '" + Q + "' [128,64]");
        }
    }

    @Test
    void damageShowsWhereItIsReadAndNowhereElse() throws IOException {
        long begin;
        Path shard = dir.resolve("delta").resolve("delta.safetensors");
        try (BaseModel base = BaseModel.open(file("base"), RESOURCES);
                TunedModel model = TunedModel.open(base, dir.resolve("delta"));
                var file = SafetensorsFile.open(shard)) {
            String payload = requireNonNull(model.tensors().get(DOWN)).payload();
            begin =
                    file.header().tensors().stream()
                            .filter(entry -> entry.name().equals(payload))
                            .findFirst()
                            .orElseThrow()
                            .begin();
        }
        byte[] bytes = Files.readAllBytes(shard);
        long data = 8 + MemorySegment.ofArray(bytes).get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
        bytes[(int) (data + begin) + 40] ^= 1;
        Files.write(shard, bytes);
        try (BaseModel base = BaseModel.open(file("base"), RESOURCES);
                TunedModel model = TunedModel.open(base, dir.resolve("delta"))) {
            check(model, Q);
            MemorySegment out = MemorySegment.ofArray(new byte[64 * 160 * 2]);
            assertThatThrownBy(() -> model.read(DOWN, out))
                    .isInstanceOf(MalformedFileException.class)
                    .hasMessageContaining("'" + DOWN + "'");
        }
    }

    @Test
    void aWrongBaseIsRefusedForTheTensorsInWhichItDiffers() throws IOException {
        Pairs wrong = Pairs.base();
        Random random = new Random(3);
        wrong.put(EXPERTS, DType.F16, Pairs.gaussian(random, 3 * 64 * 96, 0.1), 3, 64, 96);
        wrong.put("same", DType.F32, Pairs.gaussian(random, 70, 1), 70);
        float[] values = wrong.values(DOWN);
        values[7] += 1;
        wrong.put(DOWN, DType.BF16, values, 64, 160);
        wrong.writeFile(file("wrong"));
        try (BaseModel base = BaseModel.open(file("wrong"), RESOURCES);
                TunedModel model = TunedModel.open(base, dir.resolve("delta"))) {
            check(model, Q);
            MemorySegment out = MemorySegment.ofArray(new byte[64 * 160 * 2]);
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> model.read(DOWN, out))
                        .isInstanceOf(MismatchException.class)
                        .hasMessageContaining("tensor '" + DOWN + "' differs");
            }
        }
    }
}
