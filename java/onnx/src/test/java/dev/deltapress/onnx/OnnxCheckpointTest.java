package dev.deltapress.onnx;

import static dev.deltapress.onnx.TinyOnnx.bytes;
import static dev.deltapress.onnx.TinyOnnx.dims;
import static dev.deltapress.onnx.TinyOnnx.floats;
import static dev.deltapress.onnx.TinyOnnx.initializer;
import static dev.deltapress.onnx.TinyOnnx.littleEndian;
import static dev.deltapress.onnx.TinyOnnx.model;
import static dev.deltapress.onnx.TinyOnnx.name;
import static dev.deltapress.onnx.TinyOnnx.node;
import static dev.deltapress.onnx.TinyOnnx.number;
import static dev.deltapress.onnx.TinyOnnx.packed;
import static dev.deltapress.onnx.TinyOnnx.raw;
import static dev.deltapress.onnx.TinyOnnx.type;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deltapress.checkpoint.Checkpoint;
import dev.deltapress.checkpoint.CheckpointFormat;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Shape;
import dev.deltapress.tensor.TensorInfo;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;

class OnnxCheckpointTest {
    private static final byte[] DATA = littleEndian(5f, 6f, 7f);

    @TempDir private Path folder;

    @Test
    void theServiceLoaderFindsTheFormat() {
        assertThat(ServiceLoader.load(CheckpointFormat.class))
                .hasAtLeastOneElementOfType(OnnxFormat.class);
    }

    @Test
    void aFileIsRecognisedByItsNameAndAFolderNever() throws IOException {
        var format = new OnnxFormat();

        assertThat(format.recognises(folder.resolve("not-yet-there.onnx"))).isTrue();
        assertThat(format.recognises(folder.resolve("model.safetensors"))).isFalse();
        assertThat(format.recognises(Files.createDirectory(folder.resolve("folder.onnx"))))
                .isFalse();
    }

    @Test
    void tensorsKeepTheOrderOfTheirBytes() throws IOException {
        byte[] model =
                model(
                        floats("raw", List.of(2, 2), 1, 2, 3, 4),
                        initializer(dims(List.of(3)), type(1), bytes(4, DATA), name("float_data")),
                        initializer(
                                dims(List.of(1, 2)),
                                type(11),
                                name("double_data"),
                                bytes(10, littleEndian(8L, 9L))));

        assertThat(open(model).tensors().values())
                .extracting(t -> t.name() + " " + t.dtype() + " " + t.shape())
                .containsExactly("raw F32 [2,2]", "float_data F32 [3]", "double_data F64 [1,2]");
    }

    @Test
    void aTensorIsMappedWhereItsBytesLie() throws IOException {
        byte[] before = floats("before", List.of(1), 1);
        byte[] after = floats("after", List.of(1), 2);
        byte[] tensor = initializer(dims(List.of(3)), type(1), name("w"), bytes(4, DATA));

        assertThat(Templates.bytes(open(model(before, tensor, after)), "w")).isEqualTo(DATA);
    }

    @Test
    void filledTemplatesGiveTheFileBackByteForByte() throws IOException {
        byte[] model = everyKindOfData(DATA);

        assertThat(Templates.fill(open(model), Map.of()))
                .containsExactly(Map.entry("m.onnx", model));
    }

    @Test
    void aChangedTensorChangesItsOwnBytesOnly() throws IOException {
        var checkpoint = open(everyKindOfData(DATA));
        byte[] other = littleEndian(-1f, -2f, -3f);

        assertThat(Templates.fill(checkpoint, Map.of("raw", other)))
                .containsExactly(Map.entry("m.onnx", everyKindOfData(other)));
    }

    @Test
    void tensorsThatCannotBeMappedAreLeftToTheTemplate() throws IOException {
        assertThat(open(everyKindOfData(DATA)).tensors()).containsOnlyKeys("raw", "packed");
    }

    /** Two tensors that can be mapped, and one for each reason why one cannot. */
    private static byte[] everyKindOfData(byte[] rawData) {
        return model(
                initializer(dims(List.of(3)), type(1), name("raw"), raw(rawData)),
                initializer(dims(List.of(2)), type(7), name("varints"), bytes(7, packed(1, 300))),
                initializer(dims(List.of(2)), type(8), name("strings"), bytes(6, DATA), bytes(6)),
                initializer(dims(List.of(5)), type(22), name("int4"), raw(new byte[3])),
                initializer(dims(List.of(1)), type(14), name("complex"), raw(new byte[8])),
                initializer(dims(List.of(6)), type(1), bytes(4, DATA), bytes(4, DATA), name("two")),
                initializer(dims(List.of(0, 4)), type(1), name("empty")),
                initializer(type(1), name("unpacked"), new byte[] {4 << 3 | 5, 0, 0, 0, 0}),
                initializer(dims(List.of(3)), type(1), bytes(4, DATA), name("packed")),
                bytes(15, bytes(1, type(1), dims(List.of(3)), name("sparse"), raw(DATA))),
                node(
                        "Constant",
                        "c",
                        List.of(),
                        bytes(5, bytes(5, type(1), raw(littleEndian(1f))))));
    }

    @ParameterizedTest(name = "ONNX type {0} is {1}")
    @CsvSource({
        "1,F32",
        "2,U8",
        "3,I8",
        "4,U16",
        "5,I16",
        "6,I32",
        "7,I64",
        "9,BOOL",
        "10,F16",
        "11,F64",
        "12,U32",
        "13,U64",
        "16,BF16",
        "17,F8_E4M3",
        "18,F8_E4M3FNUZ",
        "19,F8_E5M2",
        "20,F8_E5M2FNUZ",
        "24,F8_E8M0"
    })
    void elementTypesHaveTheNamesOfTheSpecification(int onnxType, DType expected)
            throws IOException {
        byte[] data = new byte[3 * expected.bits() / 8];
        var checkpoint =
                open(model(initializer(dims(List.of(3)), type(onnxType), name("w"), raw(data))));

        assertThat(checkpoint.tensors().values())
                .extracting(TensorInfo::dtype)
                .containsExactly(expected);
    }

    @Test
    void dimensionsNeedNotBePacked() throws IOException {
        byte[] model =
                model(initializer(number(1, 1), number(1, 3), type(1), name("w"), raw(DATA)));

        assertThat(open(model).tensors().values())
                .extracting(TensorInfo::shape)
                .containsExactly(Shape.of(1, 3));
    }

    @Test
    void aModelIsOneFileWithoutCompanionsOrTies() throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), "{}");
        var checkpoint = open(everyKindOfData(DATA));

        assertThat(checkpoint.path()).isEqualTo(folder.resolve("m.onnx"));
        assertThat(checkpoint.companions()).isEmpty();
        assertThat(checkpoint.tiesEmbeddings()).isFalse();
    }

    @Test
    void anUnknownTensorIsRefused() throws IOException {
        var checkpoint = open(everyKindOfData(DATA));

        assertThatThrownBy(() -> checkpoint.map("nobody", Arena.ofAuto()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith("no tensor 'nobody'");
    }

    @Test
    void aFileThatShrinksAfterItWasOpenedIsNamed() throws IOException {
        var checkpoint = open(everyKindOfData(DATA));
        Files.write(checkpoint.path(), new byte[10]);

        assertThatThrownBy(() -> checkpoint.map("raw", Arena.ofAuto()))
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll("m.onnx", "10 bytes");
    }

    private Checkpoint open(byte[] model) throws IOException {
        return new OnnxFormat().open(Files.write(folder.resolve("m.onnx"), model));
    }
}
