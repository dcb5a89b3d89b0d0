package dev.deltapress.onnx;

import static dev.deltapress.onnx.TinyOnnx.bytes;
import static dev.deltapress.onnx.TinyOnnx.dims;
import static dev.deltapress.onnx.TinyOnnx.entry;
import static dev.deltapress.onnx.TinyOnnx.external;
import static dev.deltapress.onnx.TinyOnnx.floats;
import static dev.deltapress.onnx.TinyOnnx.initializer;
import static dev.deltapress.onnx.TinyOnnx.model;
import static dev.deltapress.onnx.TinyOnnx.name;
import static dev.deltapress.onnx.TinyOnnx.node;
import static dev.deltapress.onnx.TinyOnnx.number;
import static dev.deltapress.onnx.TinyOnnx.type;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deltapress.MalformedFileException;
import dev.deltapress.checkpoint.Checkpoint;
import dev.deltapress.checkpoint.FileTemplate;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

class ExternalDataTest {
    /** Forty bytes, all different. */
    private static final byte[] DATA = new byte[40];

    static {
        IntStream.range(0, DATA.length).forEach(i -> DATA[i] = (byte) (i + 1));
    }

    @TempDir private Path folder;

    @BeforeEach
    void writeData() throws IOException {
        Files.write(folder.resolve("m.data"), DATA);
    }

    /** Two floats in {@code m.data}. */
    private static byte[] pair(String name, byte[] external) {
        return initializer(dims(List.of(2)), type(1), name(name), external);
    }

    @Test
    void filesWithGapsAreGivenBackByteForByte() throws IOException {
        byte[] model =
                model(
                        pair("late", external("m.data", 24, 8)),
                        floats("inside", List.of(1), 1),
                        pair("early", external("m.data", 4, 8)));
        var checkpoint = open(model);

        assertThat(checkpoint.tensors()).containsOnlyKeys("inside", "early", "late");
        assertThat(Templates.bytes(checkpoint, "late")).isEqualTo(Arrays.copyOfRange(DATA, 24, 32));
        assertThat(Templates.fill(checkpoint, Map.of()))
                .containsExactly(Map.entry("m.onnx", model), Map.entry("m.data", DATA));
    }

    @Test
    void aChangedTensorChangesItsOwnBytesOnly() throws IOException {
        var checkpoint = open(model(pair("w", external("m.data", 4, 8))));
        byte[] expected = DATA.clone();
        Arrays.fill(expected, 4, 12, (byte) 0);

        assertThat(Templates.fill(checkpoint, Map.of("w", new byte[8])).get("m.data"))
                .isEqualTo(expected);
    }

    @Test
    void tensorsThatShareAllTheirBytesAreListedOnce() throws IOException {
        var checkpoint =
                open(
                        model(
                                pair("first", external("m.data", 8, 8)),
                                pair("alias", external("m.data", 8, 8))));

        assertThat(checkpoint.tensors()).containsOnlyKeys("first");
        assertThat(Templates.fill(checkpoint, Map.of()).get("m.data")).isEqualTo(DATA);
    }

    @ParameterizedTest(name = "8 bytes at byte {0} overlap 8 bytes at byte 8")
    @ValueSource(longs = {4, 12, 15})
    void tensorsThatShareSomeOfTheirBytesAreRefused(long offset) {
        byte[] model =
                model(
                        pair("one", external("m.data", 8, 8)),
                        pair("other", external("m.data", offset, 8)));

        assertRefused(model, "tensor 'other' at byte " + offset, "overlaps tensor 'one' at byte 8");
    }

    @Test
    void theLengthMayBeLeftOutAndTheOffsetToo() throws IOException {
        byte[] onlyLocation = TinyOnnx.concat(entry("location", "m.data"), number(14, 1));
        var checkpoint = open(model(pair("w", onlyLocation)));

        assertThat(Templates.bytes(checkpoint, "w")).isEqualTo(Arrays.copyOf(DATA, 8));
    }

    @ParameterizedTest(name = "offset {0}")
    @ValueSource(longs = {33, 41, Long.MAX_VALUE})
    void aTensorBeyondTheEndOfItsFileIsRefused(long offset) {
        assertRefused(
                model(pair("w", external("m.data", offset, 8))),
                "m.data: tensor 'w': 8 bytes at byte " + offset + ", but the file has 40");
    }

    @ParameterizedTest(name = "offset {0}")
    @ValueSource(strings = {"-1", "", "0x8", "99999999999999999999"})
    void anOffsetThatIsNoNumberOfBytesIsRefused(String offset) {
        byte[] external =
                TinyOnnx.concat(
                        entry("location", "m.data"), entry("offset", offset), number(14, 1));

        assertRefused(model(pair("w", external)), "tensor 'w'", "offset '" + offset + "'");
    }

    @Test
    void aLengthThatDoesNotFitTheShapeIsRefused() {
        assertRefused(
                model(pair("w", external("m.data", 0, 12))),
                "tensor 'w'",
                "12 bytes of data, but F32 [2] has 8");
    }

    @ParameterizedTest(name = "location {0}")
    @ValueSource(
            strings = {"", ".", "..", "../m.data", "/m.data", "sub/m.data", "..\\m.data", "c:m"})
    void aLocationOtherThanAPlainNameIsRefused(String location) {
        assertRefused(
                model(pair("w", external(location, 0, 8))),
                "external data in '" + location + "': expected a plain file name");
    }

    @ParameterizedTest(name = "location {0}")
    @ValueSource(strings = {"absent.data", "folder"})
    void aLocationWithoutAFileIsRefused(String location) throws IOException {
        Files.createDirectory(folder.resolve("folder"));

        assertRefused(model(pair("w", external(location, 0, 8))), "no such file beside the model");
    }

    @Test
    void aModelCannotBeItsOwnExternalData() {
        assertRefused(model(pair("w", external("m.onnx", 0, 8))), "that is the model itself");
    }

    @Test
    void aSymbolicLinkWithAPlainNameIsFollowed() throws IOException {
        Path blob = Files.write(Files.createDirectory(folder.resolve("blobs")).resolve("b"), DATA);
        Files.createSymbolicLink(folder.resolve("link.data"), blob);

        var checkpoint = open(model(pair("w", external("link.data", 0, 8))));

        assertThat(Templates.bytes(checkpoint, "w")).isEqualTo(Arrays.copyOf(DATA, 8));
    }

    @Test
    void aFileThatOnlyConstantsOfInnerGraphsNeedHasATemplateToo() throws IOException {
        byte[] innerGraph = bytes(6, pair("constant", external("m.data", 0, 8)));
        byte[] model = model(node("If", "if", List.of("x"), bytes(5, innerGraph)));

        assertThat(open(model).templates())
                .extracting(FileTemplate::name)
                .containsExactly("m.onnx", "m.data");
    }

    private void assertRefused(byte[] model, String... parts) {
        assertThatThrownBy(() -> open(model))
                .isInstanceOf(MalformedFileException.class)
                .hasMessageContainingAll(parts)
                .hasMessageNotContaining("\n");
    }

    private Checkpoint open(byte[] model) throws IOException {
        return new OnnxFormat().open(Files.write(folder.resolve("m.onnx"), model));
    }
}
