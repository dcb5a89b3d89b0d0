package dev.deltapress.onnx.embedding;

import static dev.deltapress.onnx.TinyOnnx.bytes;
import static dev.deltapress.onnx.TinyOnnx.dims;
import static dev.deltapress.onnx.TinyOnnx.floats;
import static dev.deltapress.onnx.TinyOnnx.initializer;
import static dev.deltapress.onnx.TinyOnnx.littleEndian;
import static dev.deltapress.onnx.TinyOnnx.model;
import static dev.deltapress.onnx.TinyOnnx.name;
import static dev.deltapress.onnx.TinyOnnx.node;
import static dev.deltapress.onnx.TinyOnnx.number;
import static dev.deltapress.onnx.TinyOnnx.raw;
import static dev.deltapress.onnx.TinyOnnx.text;
import static dev.deltapress.onnx.TinyOnnx.type;
import static dev.deltapress.onnx.TinyOnnx.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.deltapress.DeltaPressException;
import dev.deltapress.MalformedFileException;
import dev.deltapress.onnx.TinyOnnx;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

class SentenceEmbedderTest {
    private static final int FLOAT = TinyOnnx.FLOAT;
    private static final int INT64 = TinyOnnx.INT64;

    /** Rows for [UNK], which also pads, and the words a, b and c. */
    private static final byte[] TABLE = floats("table", List.of(4, 2), 9, 9, 3, 4, 1, 0, 0, -2);

    @TempDir private Path folder;
    private Path tokenizer;

    @BeforeEach
    void writeTokenizer() throws IOException {
        tokenizer = folder.resolve("tokenizer.json");
        Files.writeString(
                tokenizer,
                """
                {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
                 "normalizer": null, "pre_tokenizer": {"type": "Whitespace"},
                 "post_processor": null, "decoder": null,
                 "model": {"type": "WordLevel", "unk_token": "[UNK]",
                           "vocab": {"[UNK]": 0, "a": 1, "b": 2, "c": 3}}}
                """);
    }

    /** Looks tokens up and swaps the two columns. */
    private static byte[] lookup() {
        return model(
                node("Gather", "rows", List.of("table", "input_ids")),
                node("MatMul", "last_hidden_state", List.of("rows", "swap")),
                TABLE,
                floats("swap", List.of(2, 2), 0, 1, 1, 0),
                value(11, "input_ids", INT64, 0),
                value(12, "last_hidden_state", FLOAT, 2));
    }

    /** Sums the rows of all tokens that the mask lets through. */
    private static byte[] maskedSum() {
        byte[] toFloat = bytes(5, text(1, "to"), number(3, FLOAT), number(20, 2));
        return model(
                node("Gather", "rows", List.of("table", "input_ids")),
                node("Cast", "floatMask", List.of("attention_mask"), toFloat),
                node("Unsqueeze", "column", List.of("floatMask", "last")),
                node("Mul", "masked", List.of("rows", "column")),
                node("ReduceSum", "last_hidden_state", List.of("masked", "tokens")),
                TABLE,
                initializer(dims(List.of(1)), type(7), name("last"), raw(littleEndian(2L))),
                initializer(dims(List.of(1)), type(7), name("tokens"), raw(littleEndian(1L))),
                value(11, "input_ids", INT64, 0),
                value(11, "attention_mask", INT64, 0),
                value(11, "token_type_ids", INT64, 0),
                value(12, "last_hidden_state", FLOAT, 2));
    }

    @Test
    void theEmbeddingIsTheFirstTokensVectorAtLengthOne() throws IOException {
        assertEmbeddings(lookup(), List.of("a b c", "c"), new float[][] {{0.8f, 0.6f}, {-1, 0}});
    }

    @Test
    void paddingIsMaskedAndSentencesKeepTheirOrder() throws IOException {
        float norm = (float) Math.sqrt(40);
        assertEmbeddings(
                maskedSum(),
                List.of("a b b b c", "c", "b b"),
                new float[][] {{6 / norm, 2 / norm}, {0, -1}, {1, 0}});
    }

    @Test
    void moreSentencesThanOneBatchHoldsAreAllEmbedded() throws IOException {
        List<String> words = List.of("b", "c b c", "b b");
        float third = (float) Math.sqrt(17);
        float[][] each = {{1, 0}, {1 / third, -4 / third}, {1, 0}};
        List<String> sentences = IntStream.range(0, 50).mapToObj(i -> words.get(i % 3)).toList();
        float[][] expected =
                IntStream.range(0, 50).mapToObj(i -> each[i % 3]).toArray(float[][]::new);

        assertEmbeddings(maskedSum(), sentences, expected);
    }

    @Test
    void tokensBeyondTheMaximumAreCutOff() throws IOException {
        String sentence = "a ".repeat(SentenceEmbedder.MAX_TOKENS) + "c ".repeat(100);

        assertEmbeddings(maskedSum(), List.of(sentence), new float[][] {{0.6f, 0.8f}});
    }

    @Test
    void aSentenceWithoutTokensIsRefused() throws IOException {
        try (var embedder = SentenceEmbedder.open(write(lookup()), tokenizer)) {
            assertThatThrownBy(() -> embedder.embed(List.of("a", "")))
                    .isInstanceOf(DeltaPressException.class)
                    .hasMessage("sentence 1 has no token");
        }
    }

    @Test
    void anEmbedderMayBeClosedTwice() throws IOException {
        var embedder = SentenceEmbedder.open(write(lookup()), tokenizer);

        embedder.close();
        embedder.close();
    }

    @Test
    void aModelThatNeedsOtherInputsIsRefused() {
        byte[] model =
                model(
                        node("Gather", "last_hidden_state", List.of("table", "pixels")),
                        TABLE,
                        value(11, "pixels", INT64, 0),
                        value(12, "last_hidden_state", FLOAT, 2));

        assertThatThrownBy(() -> SentenceEmbedder.open(write(model), tokenizer))
                .isInstanceOf(DeltaPressException.class)
                .hasMessageContainingAll("m.onnx: inputs [pixels]", "input_ids");
    }

    @Test
    void aModelWhoseFirstOutputIsNoSequenceOfVectorsIsRefused() {
        byte[] model =
                model(
                        node("Identity", "same", List.of("input_ids")),
                        value(11, "input_ids", INT64, 0),
                        value(12, "same", INT64, 0));

        assertThatThrownBy(() -> SentenceEmbedder.open(write(model), tokenizer))
                .isInstanceOf(DeltaPressException.class)
                .hasMessageContaining("expected floats, sentences x tokens x width");
    }

    @Test
    void aModelThatOnnxRuntimeRefusesIsNamedInOneLine() {
        assertThatThrownBy(() -> SentenceEmbedder.open(write(new byte[] {1}), tokenizer))
                .isInstanceOf(DeltaPressException.class)
                .hasMessageContaining("m.onnx: ONNX Runtime: ")
                .hasMessageNotContaining("\n");
    }

    @Test
    void aTokenizerThatIsNoneIsRefused() throws IOException {
        Files.writeString(tokenizer, "{}");

        assertThatThrownBy(() -> SentenceEmbedder.open(write(lookup()), tokenizer))
                .isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("tokenizer.json: no tokenizer");
    }

    private void assertEmbeddings(byte[] model, List<String> sentences, float[][] expected)
            throws IOException {
        try (var embedder = SentenceEmbedder.open(write(model), tokenizer)) {
            float[][] embeddings = embedder.embed(sentences);

            assertThat(embeddings.length).isEqualTo(expected.length);
            for (int i = 0; i < expected.length; i++) {
                assertThat(embeddings[i])
                        .as("'%s'", sentences.get(i))
                        .containsExactly(expected[i], within(1e-6f));
            }
        }
    }

    private Path write(byte[] model) throws IOException {
        return Files.write(folder.resolve("m.onnx"), model);
    }
}
