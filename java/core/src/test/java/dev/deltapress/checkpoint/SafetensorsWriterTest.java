package dev.deltapress.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deltapress.checkpoint.SafetensorsHeader.Entry;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Shape;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

class SafetensorsWriterTest {
    private static final PlannedTensor A = new PlannedTensor("a", DType.U8, Shape.of(3));
    private static final PlannedTensor B = new PlannedTensor("b", DType.F32, Shape.of(1));

    @TempDir private Path folder;
    private Path path;

    @BeforeEach
    void aNewFile() {
        path = folder.resolve("model.safetensors");
    }

    private static MemorySegment bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return MemorySegment.ofArray(bytes);
    }

    @Test
    void theBytesAreThoseOfTheFormat() throws IOException {
        try (var writer =
                SafetensorsWriter.canonical(path, List.of(A, B), Map.of("format", "pt"))) {
            writer.write("b", bytes(0, 0, 0x80, 0x3f));
            writer.write("a", bytes(1, 2, 3));
        }

        String header =
                """
                {"__metadata__":{"format":"pt"},\
                "b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},\
                "a":{"dtype":"U8","shape":[3],"data_offsets":[4,7]}}       \
                """;
        byte[] data = {0, 0, (byte) 0x80, 0x3f, 1, 2, 3};
        assertThat(header.length() % 8).isZero();
        assertThat(Files.readAllBytes(path))
                .isEqualTo(SafetensorsBytes.file(header.getBytes(StandardCharsets.UTF_8), data));
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void everyTypeAndRandomShapesComeBack(long seed) throws IOException {
        var random = new Random(seed);
        var contents = new HashMap<String, byte[]>();
        var planned = new ArrayList<PlannedTensor>();
        for (DType dtype : DType.values()) {
            var tensor = new PlannedTensor(randomName(random, dtype), dtype, randomShape(random));
            byte[] content = new byte[(int) tensor.byteSize()];
            random.nextBytes(content);
            planned.add(tensor);
            contents.put(tensor.name(), content);
        }

        try (var writer = SafetensorsWriter.canonical(path, planned, ShardPlan.MODEL_METADATA)) {
            for (PlannedTensor tensor : writer.tensors()) {
                writer.write(tensor.name(), MemorySegment.ofArray(contents.get(tensor.name())));
            }
        }

        try (SafetensorsFile file = SafetensorsFile.open(path);
                Arena arena = Arena.ofConfined()) {
            assertThat(file.header().dataOffset() % 8).isZero();
            assertThat(file.header().tensors())
                    .extracting(t -> new PlannedTensor(t.name(), t.dtype(), t.shape()))
                    .containsExactlyInAnyOrderElementsOf(planned)
                    .isSortedAccordingTo(PlannedTensor.CANONICAL_ORDER);
            for (PlannedTensor tensor : planned) {
                assertThat(file.map(tensor.name(), arena).toArray(ValueLayout.JAVA_BYTE))
                        .isEqualTo(contents.get(tensor.name()));
            }
        }
    }

    private static String randomName(Random random, DType dtype) {
        String odd = List.of("", "é", "😀", "\n", "\"", "\\", "名").get(random.nextInt(7));
        return "layers." + random.nextInt(99) + "." + odd + dtype;
    }

    /** Rank 1 to 4, one dimension a multiple of 8 for the narrow types, sometimes none at all. */
    private static Shape randomShape(Random random) {
        long[] dimensions = new long[1 + random.nextInt(4)];
        for (int i = 0; i < dimensions.length; i++) {
            dimensions[i] = random.nextInt(10) == 0 ? 0 : 1 + random.nextInt(5);
        }
        dimensions[random.nextInt(dimensions.length)] *= 8;
        return Shape.of(dimensions);
    }

    @Test
    void canonicalOrderIsWidestTypeFirstThenNameAsUtf8() throws IOException {
        List<PlannedTensor> planned =
                List.of(
                        new PlannedTensor("😀", DType.F16, Shape.of(0)),
                        new PlannedTensor("\uffee", DType.F16, Shape.of(0)),
                        new PlannedTensor("z", DType.BF16, Shape.of(0)),
                        new PlannedTensor("y", DType.BOOL, Shape.of(0)),
                        new PlannedTensor("x", DType.U64, Shape.of(0)));

        // In UTF-16 the emoji sorts first, as its surrogates are below U+FFEE.
        assertThat(planned.stream().sorted(PlannedTensor.CANONICAL_ORDER).map(PlannedTensor::name))
                .containsExactly("x", "z", "\uffee", "😀", "y");
    }

    @Test
    void theGivenOrderIsKeptWhenAskedFor() throws IOException {
        try (var writer = SafetensorsWriter.inGivenOrder(path, List.of(A, B), Map.of())) {
            writer.write("a", bytes(1, 2, 3));
            writer.write("b", bytes(4, 5, 6, 7));
        }

        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertThat(file.header().tensors()).extracting(Entry::name).containsExactly("a", "b");
        }
    }

    @Test
    void aTensorMayComeInPiecesAndFromOffTheHeap() throws IOException {
        var tensor = new PlannedTensor("w", DType.U8, Shape.of(3 << 20));
        byte[] content = new byte[3 << 20];
        new Random(7).nextBytes(content);

        try (var writer = SafetensorsWriter.canonical(path, List.of(tensor), Map.of());
                Arena arena = Arena.ofConfined()) {
            MemorySegment native_ =
                    arena.allocate(content.length).copyFrom(MemorySegment.ofArray(content));
            writer.write("w", native_.asSlice(0, 5));
            writer.write("w", native_.asSlice(5, 0));
            writer.write("w", native_.asSlice(5));
        }

        try (SafetensorsFile file = SafetensorsFile.open(path);
                Arena arena = Arena.ofConfined()) {
            assertThat(file.map("w", arena).mismatch(MemorySegment.ofArray(content))).isEqualTo(-1);
        }
    }

    @Test
    void anotherTensorThanTheNextIsRefused() throws IOException {
        var writer = SafetensorsWriter.inGivenOrder(path, List.of(A, B), Map.of());

        assertThatThrownBy(() -> writer.write("b", bytes(1, 2, 3, 4)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith(
                        "got tensor 'b', expected tensor 'a', of which 0 of 3 bytes are written");
        writer.write("a", bytes(1, 2));
        assertThatThrownBy(() -> writer.write("b", bytes(1, 2, 3, 4)))
                .hasMessageEndingWith("expected tensor 'a', of which 2 of 3 bytes are written");
    }

    @Test
    void moreBytesThanATensorHasAreRefused() throws IOException {
        var writer = SafetensorsWriter.inGivenOrder(path, List.of(A), Map.of());

        assertThatThrownBy(() -> writer.write("a", bytes(1, 2, 3, 4)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("got 4 bytes, expected at most the rest of tensor 'a'");
        writer.write("a", bytes(1, 2, 3));
        assertThatThrownBy(() -> writer.write("a", bytes()))
                .hasMessageContaining("got tensor 'a' after the last one");
    }

    @Test
    void aFileWithMissingTensorsCannotBeClosedInPeace() throws IOException {
        var writer = SafetensorsWriter.inGivenOrder(path, List.of(A, B), Map.of());
        writer.write("a", bytes(1, 2, 3));

        assertThatThrownBy(writer::close)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(path + ": incomplete at tensor 'b', of which 0 of 4 bytes are written");
        writer.close();
    }

    @Test
    void aFileThatExistsIsNotOverwritten() throws IOException {
        Files.writeString(path, "mine");

        assertThatThrownBy(() -> SafetensorsWriter.canonical(path, List.of(), Map.of()))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThat(path).hasContent("mine");
    }

    @Test
    void namesThatAReaderRefusesCannotBePlanned() {
        for (String name : List.of("__metadata__", "a\0b", "\ud800")) {
            assertThatThrownBy(() -> new PlannedTensor(name, DType.U8, Shape.of(1)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> new PlannedTensor("w", DType.F4, Shape.of(3)))
                .isInstanceOf(ArithmeticException.class);
        assertThatThrownBy(() -> SafetensorsWriter.canonical(path, List.of(A, A), Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("tensor 'a' is planned twice");
    }

    @Test
    void metadataThatMakesTheHeaderTooLargeIsRefused() {
        Map<String, String> metadata = Map.of("k", "v".repeat(1 << 20));

        assertThatThrownBy(() -> SafetensorsWriter.canonical(path, List.of(A), metadata))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("header takes")
                .hasMessageEndingWith("expected at most 1048576");
        assertThat(path).doesNotExist();
    }
}
