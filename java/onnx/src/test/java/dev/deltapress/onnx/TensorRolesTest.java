package dev.deltapress.onnx;

import static dev.deltapress.onnx.TinyOnnx.bytes;
import static dev.deltapress.onnx.TinyOnnx.dims;
import static dev.deltapress.onnx.TinyOnnx.external;
import static dev.deltapress.onnx.TinyOnnx.initializer;
import static dev.deltapress.onnx.TinyOnnx.model;
import static dev.deltapress.onnx.TinyOnnx.name;
import static dev.deltapress.onnx.TinyOnnx.node;
import static dev.deltapress.onnx.TinyOnnx.raw;
import static dev.deltapress.onnx.TinyOnnx.type;
import static dev.deltapress.onnx.TinyOnnx.zeros;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deltapress.tensor.TensorInfo;
import dev.deltapress.tensor.TensorRole;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class TensorRolesTest {
    @TempDir private Path folder;

    @ParameterizedTest(name = "{0} x {1}, input {3} of {2}: {4}")
    @CsvSource({
        "64, 64, MatMul, 1, MATRIX",
        "64, 64, MatMul, 0, MATRIX",
        "64, 80, Gemm, 1, MATRIX",
        "64, 80, Gemm, 2, OTHER",
        "63, 64, MatMul, 1, OTHER",
        "64, 63, MatMul, 1, OTHER",
        "64, 64, Gather, 0, EMBEDDING",
        "64, 64, Gather, 1, OTHER",
        "2, 64, Gather, 0, OTHER",
        "64, 64, Add, 1, OTHER"
    })
    void theRoleFollowsFromShapeAndConsumer(
            int rows, int columns, String opType, int position, TensorRole expected)
            throws IOException {
        List<String> inputs =
                List.of(List.of("w", "x"), List.of("x", "w"), List.of("x", "y", "w")).get(position);

        assertThat(open(zeros("w", rows, columns), node(opType, "n", inputs)).role())
                .isEqualTo(expected);
    }

    @Test
    void aTableThatIsAlsoMultipliedIsAnEmbedding() throws IOException {
        TensorInfo tied =
                open(
                        zeros("w", 64, 64),
                        node("MatMul", "head", List.of("x", "w")),
                        node("Gather", "table", List.of("w", "ids")));

        assertThat(tied.role()).isEqualTo(TensorRole.EMBEDDING);
    }

    @Test
    void integersAreNoMatrix() throws IOException {
        byte[] bytes64x64 =
                initializer(dims(List.of(64, 64)), type(2), name("w"), raw(new byte[64 * 64]));

        assertThat(open(bytes64x64, node("MatMul", "n", List.of("x", "w"))).role())
                .isEqualTo(TensorRole.OTHER);
    }

    @ParameterizedTest(name = "through {0}")
    @CsvSource({"Transpose", "Identity", "Cast"})
    void theConsumerMayStandBehindOneNodeThatPassesValuesOn(String between) throws IOException {
        TensorInfo tensor =
                open(
                        zeros("onnx::w", 64, 64),
                        node(between, "passed", List.of("onnx::w")),
                        node("MatMul", "/query/MatMul", List.of("x", "passed")));

        assertThat(tensor.role()).isEqualTo(TensorRole.MATRIX);
        assertThat(tensor.label()).isEqualTo("/query/MatMul");
    }

    @Test
    void theConsumerMayBeInAGraphInsideOfANode() throws IOException {
        byte[] thenBranch = bytes(6, node("MatMul", "inner", List.of("x", "w")));
        TensorInfo tensor =
                open(zeros("w", 64, 64), node("If", "if", List.of("c"), bytes(5, thenBranch)));

        assertThat(tensor.role()).isEqualTo(TensorRole.MATRIX);
    }

    @Test
    void anAnonymousWeightIsLabelledByTheFirstProductThatReadsIt() throws IOException {
        TensorInfo tensor =
                open(
                        node("Add", "/sum", List.of("x", "onnx::MatMul_7")),
                        node("MatMul", "/first", List.of("x", "onnx::MatMul_7")),
                        node("MatMul", "/second", List.of("x", "onnx::MatMul_7")),
                        zeros("onnx::MatMul_7", 64, 64));

        assertThat(tensor.displayName()).isEqualTo("/first");
    }

    @Test
    void aNamedWeightNeedsNoLabel() throws IOException {
        TensorInfo tensor =
                open(zeros("encoder.w", 64, 64), node("MatMul", "/n", List.of("x", "encoder.w")));

        assertThat(tensor.label()).isNull();
    }

    @Test
    void consumersOfAnAliasCountForTheTensor() throws IOException {
        Files.write(folder.resolve("data"), new byte[64 * 64 * 4]);
        byte[] where = external("data", 0, 64 * 64 * 4);
        TensorInfo tensor =
                open(
                        initializer(dims(List.of(64, 64)), type(1), name("head"), where),
                        initializer(dims(List.of(64, 64)), type(1), name("table"), where),
                        node("MatMul", "product", List.of("x", "head")),
                        node("Gather", "lookup", List.of("table", "ids")));

        assertThat(tensor.role()).isEqualTo(TensorRole.EMBEDDING);
    }

    /** The only tensor of a model with these fields in its graph. */
    private TensorInfo open(byte[]... graphFields) throws IOException {
        Path file = Files.write(folder.resolve("m.onnx"), model(graphFields));
        try (var checkpoint = new OnnxFormat().open(file)) {
            assertThat(checkpoint.tensors()).hasSize(1);
            return checkpoint.tensors().firstEntry().getValue();
        }
    }
}
