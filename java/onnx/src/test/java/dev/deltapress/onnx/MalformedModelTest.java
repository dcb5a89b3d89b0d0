package dev.deltapress.onnx;

import static dev.deltapress.onnx.TinyOnnx.bytes;
import static dev.deltapress.onnx.TinyOnnx.concat;
import static dev.deltapress.onnx.TinyOnnx.dims;
import static dev.deltapress.onnx.TinyOnnx.external;
import static dev.deltapress.onnx.TinyOnnx.floats;
import static dev.deltapress.onnx.TinyOnnx.initializer;
import static dev.deltapress.onnx.TinyOnnx.littleEndian;
import static dev.deltapress.onnx.TinyOnnx.model;
import static dev.deltapress.onnx.TinyOnnx.name;
import static dev.deltapress.onnx.TinyOnnx.node;
import static dev.deltapress.onnx.TinyOnnx.number;
import static dev.deltapress.onnx.TinyOnnx.packed;
import static dev.deltapress.onnx.TinyOnnx.raw;
import static dev.deltapress.onnx.TinyOnnx.text;
import static dev.deltapress.onnx.TinyOnnx.type;
import static dev.deltapress.onnx.TinyOnnx.zeros;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.deltapress.MalformedFileException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

class MalformedModelTest {
    @TempDir private Path folder;

    @Test
    void anEmptyFileHasNoGraph() {
        assertRefused(new byte[0], "m.onnx: byte 0: the model has no graph");
    }

    @Test
    void aFileThatIsNoProtobufIsRefused() {
        assertRefused("version https://git-lfs".getBytes(UTF_8), "m.onnx: byte ");
    }

    @Test
    void aFileCutInsideOfATensorIsRefusedWithItsName() {
        byte[] whole = model(floats("encoder.w", List.of(2, 2), 1, 2, 3, 4));
        int lastByteOfTensor = whole.length - bytes(8, text(1, ""), number(2, 13)).length - 1;

        assertRefused(
                Arrays.copyOf(whole, lastByteOfTensor),
                "m.onnx: tensor 'encoder.w', byte 31: a field of 16 bytes, but 15 are left");
    }

    @Test
    void aFieldLongerThanItsMessageIsRefused() {
        byte[] tensor = concat(name("w"), new byte[] {9 << 3 | 2, 100});

        assertRefused(
                model(initializer(tensor), zeros("after", 8, 8)),
                "tensor 'w', byte",
                "a field of 100 bytes, but 0 are left");
    }

    @Test
    void aLengthOfMoreThan63BitsIsRefused() {
        byte[] tensor = concat(name("w"), new byte[] {9 << 3 | 2}, packed(-1));

        assertRefused(model(initializer(tensor)), "a field of 18446744073709551615 bytes");
    }

    @Test
    void dataThatDoesNotFitTheShapeIsRefused() {
        byte[] tensor = initializer(dims(List.of(2, 2)), type(1), name("w"), raw(new byte[12]));

        assertRefused(model(tensor), "tensor 'w', byte", "12 bytes of data, but F32 [2,2] has 16");
    }

    @Test
    void aTensorWithoutDataIsRefused() {
        assertRefused(
                model(initializer(dims(List.of(2)), type(1), name("w"))),
                "tensor 'w', byte",
                "no data for shape [2]");
    }

    @Test
    void aNegativeDimensionIsRefused() {
        byte[] tensor = initializer(name("w"), bytes(1, packed(2, -2)), type(1));

        assertRefused(model(tensor), "tensor 'w', byte", "negative dimension -2");
    }

    @Test
    void aShapeWhoseSizeOverflowsIsRefused() {
        byte[] huge = packed(1L << 32, 1L << 31);
        byte[] tensor = initializer(name("w"), bytes(1, huge), type(1), raw(new byte[0]));

        assertRefused(model(tensor), "tensor 'w', byte", "[4294967296,2147483648] overflows");
    }

    @Test
    void moreDimensionsThanAnyoneUsesAreRefused() {
        byte[] tensor = initializer(name("w"), bytes(1, packed(new long[65])));

        assertRefused(model(tensor), "tensor 'w', byte", "more than 64 dimensions");
    }

    @Test
    void twoInitializersOfOneNameAreRefused() {
        assertRefused(
                model(floats("w", List.of(1), 1), floats("w", List.of(1), 2)),
                "a second initializer 'w'");
    }

    @Test
    void anInitializerWithoutANameIsRefused() {
        assertRefused(model(floats("", List.of(1), 1)), "an initializer without a name");
    }

    @Test
    void namesThatWouldSpoilTheirErrorLineAreRefused() {
        assertRefused(model(floats("a\nb", List.of(1), 1)), "a name with control characters");
        assertRefused(model(floats("a".repeat(70_000), List.of(1), 1)), "a name of 70000 bytes");
    }

    @Test
    void aFieldOfAnotherWireTypeIsRefused() {
        assertRefused(model(initializer(number(8, 1))), "field 8 has wire type 0, expected 2");
    }

    @Test
    void groupsAreRefused() {
        assertRefused(new byte[] {9 << 3 | 3, 9 << 3 | 4}, "wire type 3, which ONNX does not use");
    }

    @Test
    void graphsThatNestTooDeepAreRefused() {
        byte[] graph = new byte[0];
        for (int i = 0; i < 40; i++) {
            graph = node("If", "n", List.of(), bytes(5, bytes(6, graph)));
        }

        assertRefused(model(graph), "messages nest deeper than 100");
    }

    @Test
    void aFileBeyondTheLimitOfProtobufIsRefused() throws IOException {
        Path file = folder.resolve("m.onnx");
        try (var sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(1L << 31);
        }

        assertThatThrownBy(() -> new OnnxFormat().open(file))
                .isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("2147483648 bytes, but protobuf allows 2147483647");
    }

    @Test
    @Timeout(20)
    void aModelCutAnywhereIsRefusedOrGivenBackByteForByte() throws IOException {
        byte[] model = modelWithEverything();

        for (int length = 0; length < model.length; length++) {
            assertRefusedOrGivenBack(Arrays.copyOf(model, length), "cut to " + length);
        }
    }

    @Test
    @Timeout(20)
    void aModelWithAnyBitFlippedIsRefusedOrGivenBackByteForByte() throws IOException {
        byte[] model = modelWithEverything();

        for (int bit = 0; bit < 8 * model.length; bit++) {
            byte[] flipped = model.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            assertRefusedOrGivenBack(flipped, "bit " + bit + " flipped");
        }
    }

    private byte[] modelWithEverything() throws IOException {
        Files.write(folder.resolve("data"), new byte[32]);
        byte[] constant = bytes(5, bytes(5, type(1), raw(littleEndian(1f))));
        byte[] branch = bytes(5, bytes(6, node("Gather", "g", List.of("w", "i"))));
        return concat(
                model(
                        node("MatMul", "n", List.of("x", "w")),
                        node("Constant", "c", List.of(), constant),
                        node("If", "if", List.of("b"), branch),
                        floats("w", List.of(1, 2), 1, 2),
                        initializer(
                                dims(List.of(1)), type(1), bytes(4, littleEndian(3f)), name("f")),
                        initializer(dims(List.of(2)), type(7), name("v"), bytes(7, packed(1, 300))),
                        initializer(dims(List.of(2)), type(1), name("e"), external("data", 4, 8)),
                        bytes(15, floats("s", List.of(1), 1))),
                bytes(20, bytes(1, floats("t", List.of(1), 1))),
                bytes(25, bytes(7, text(4, "MatMul"))));
    }

    private void assertRefusedOrGivenBack(byte[] model, String how) throws IOException {
        Path file = Files.write(folder.resolve("m.onnx"), model);
        try (var checkpoint = new OnnxFormat().open(file)) {
            assertThat(Templates.fill(checkpoint, Map.of()).get("m.onnx")).as(how).isEqualTo(model);
        } catch (MalformedFileException e) {
            assertThat(e).as(how).hasMessageContaining("m.onnx").hasMessageNotContaining("\n");
        } catch (RuntimeException e) {
            throw new AssertionError(how, e);
        }
    }

    private void assertRefused(byte[] model, String... parts) {
        assertThatThrownBy(
                        () -> new OnnxFormat().open(Files.write(folder.resolve("m.onnx"), model)))
                .isInstanceOf(MalformedFileException.class)
                .hasMessageContainingAll(parts)
                .hasMessageNotContaining("\n");
    }
}
