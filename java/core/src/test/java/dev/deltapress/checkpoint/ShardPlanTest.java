package dev.deltapress.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deltapress.checkpoint.ShardPlan.Shard;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Shape;
import dev.deltapress.tensor.TensorInfo;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

class ShardPlanTest {
    @TempDir private Path folder;

    private static PlannedTensor tensor(String name, long bytes) {
        return new PlannedTensor(name, DType.U8, Shape.of(bytes));
    }

    private static ShardPlan split(long maxShardBytes, PlannedTensor... tensors) {
        return ShardPlan.split("model", List.of(tensors), ShardPlan.MODEL_METADATA, maxShardBytes);
    }

    @Test
    void aSmallModelIsOneFile() {
        ShardPlan plan = split(10, tensor("a", 4), tensor("b", 6));

        assertThat(plan.shards())
                .containsExactly(
                        new Shard("model.safetensors", List.of(tensor("a", 4), tensor("b", 6))));
    }

    @Test
    void aShardEndsBeforeItGrowsTooLarge() {
        ShardPlan plan = split(10, tensor("a", 4), tensor("b", 7), tensor("c", 3), tensor("d", 1));

        assertThat(plan.shards())
                .containsExactly(
                        new Shard("model-00001-of-00003.safetensors", List.of(tensor("a", 4))),
                        new Shard(
                                "model-00002-of-00003.safetensors",
                                List.of(tensor("b", 7), tensor("c", 3))),
                        new Shard("model-00003-of-00003.safetensors", List.of(tensor("d", 1))));
        assertThat(plan.totalSize()).isEqualTo(15);
    }

    @Test
    void aTensorLargerThanAShardGetsItsOwn() {
        ShardPlan plan = split(10, tensor("a", 4), tensor("b", 99), tensor("c", 1));

        assertThat(plan.shards())
                .extracting(shard -> shard.tensors().size())
                .containsExactly(1, 1, 1);
    }

    @Test
    void theIndexNamesEveryTensorSorted() {
        assertThat(split(4, tensor("b", 4), tensor("a\"", 3)).indexJson())
                .isEqualTo(
                        """
                        {"metadata":{"total_size":7},"weight_map":{\
                        "a\\"":"model-00002-of-00002.safetensors",\
                        "b":"model-00001-of-00002.safetensors"}}
                        """);
    }

    @Test
    void oneNameInTwoShardsIsRefused() {
        assertThatThrownBy(() -> split(4, tensor("a", 4), tensor("a", 3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("tensor 'a' is planned twice");
    }

    @Test
    void twentyThousandTensorsAreSplitSoThatNoHeaderExceedsOneMebibyte() throws IOException {
        List<PlannedTensor> tensors =
                IntStream.range(0, 20_000)
                        .mapToObj(
                                i ->
                                        tensor(
                                                "model.layers." + i + ".mlp.experts.w1.weight",
                                                1 + i % 3))
                        .toList();

        ShardPlan plan = ShardPlan.split("model", tensors, ShardPlan.MODEL_METADATA, 5L << 30);
        writeZeros(plan);

        assertThat(plan.shards()).hasSizeBetween(2, 4);
        try (Checkpoint model = HuggingFaceFolder.open(folder)) {
            assertThat(model.tensors().values())
                    .extracting(TensorInfo::name)
                    .containsExactlyInAnyOrderElementsOf(
                            tensors.stream().map(PlannedTensor::name).toList());
            assertThat(model.templates())
                    .allSatisfy(
                            t -> assertThat(t.literal().byteSize()).isLessThanOrEqualTo(1 << 20));
        }
    }

    private void writeZeros(ShardPlan plan) throws IOException {
        for (Shard shard : plan.shards()) {
            Path path = folder.resolve(shard.fileName());
            try (var writer =
                    SafetensorsWriter.canonical(path, shard.tensors(), ShardPlan.MODEL_METADATA)) {
                for (PlannedTensor tensor : writer.tensors()) {
                    writer.write(
                            tensor.name(),
                            MemorySegment.ofArray(new byte[(int) tensor.byteSize()]));
                }
            }
        }
        Files.writeString(folder.resolve(ShardIndex.FILE), plan.indexJson());
    }

    @Test
    void anEmptyModelIsOneFileWithoutTensors() {
        assertThat(ShardPlan.split("delta", List.of(), Map.of(), 10).shards())
                .containsExactly(new Shard("delta.safetensors", List.of()));
    }
}
