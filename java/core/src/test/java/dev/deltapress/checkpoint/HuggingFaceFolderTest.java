package dev.deltapress.checkpoint;

import static dev.deltapress.checkpoint.SafetensorsBytes.entry;
import static dev.deltapress.checkpoint.SafetensorsBytes.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deltapress.DeltaPressException;
import dev.deltapress.MalformedFileException;
import dev.deltapress.tensor.TensorInfo;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;

class HuggingFaceFolderTest {
    private static final byte[] A = file("{" + entry("a", "U8", "[3]", 0, 3) + "}", 3);
    private static final byte[] B_AND_C =
            file(
                    "{" + entry("c", "U8", "[1]", 0, 1) + "," + entry("b", "U8", "[4]", 1, 5) + "}",
                    5);

    @TempDir private Path root;
    private Path folder;

    @BeforeEach
    void anEmptyModel() throws IOException {
        folder = Files.createDirectory(root.resolve("model"));
    }

    private void put(String name, byte[] bytes) throws IOException {
        Files.write(folder.resolve(name), bytes);
    }

    private void put(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }

    /** Two shards, listed in an order that is not theirs. */
    private void putShards() throws IOException {
        put("s1.safetensors", A);
        put("s2.safetensors", B_AND_C);
        putIndex("{\"c\":\"s2.safetensors\",\"b\":\"s2.safetensors\",\"a\":\"s1.safetensors\"}");
    }

    private void putIndex(String weightMap) throws IOException {
        put(ShardIndex.FILE, "{\"metadata\":{\"total_size\":8},\"weight_map\":" + weightMap + "}");
    }

    private void assertRefused(String message) {
        assertThatThrownBy(() -> HuggingFaceFolder.open(folder).close())
                .isInstanceOf(DeltaPressException.class)
                .hasMessageContaining(message)
                .hasMessageStartingWith(folder.toString());
    }

    private void assertMalformed(String message) {
        assertRefused(message);
        assertThatThrownBy(() -> HuggingFaceFolder.open(folder).close())
                .isInstanceOf(MalformedFileException.class);
    }

    @Test
    void aFolderWithOneFileIsAModel() throws IOException {
        put("model.safetensors", A);

        try (Checkpoint model = HuggingFaceFolder.open(folder);
                Arena arena = Arena.ofConfined()) {
            assertThat(model.path()).isEqualTo(folder);
            assertThat(model.tensors().keySet()).containsExactly("a");
            assertThat(model.map("a", arena).toArray(ValueLayout.JAVA_BYTE))
                    .containsExactly(0, 1, 2);
            assertThat(model.tiesEmbeddings()).isFalse();
        }
    }

    @Test
    void aSingleFileMayHaveAnyName() throws IOException {
        put("weights.safetensors", A);

        try (Checkpoint model = HuggingFaceFolder.open(folder)) {
            assertThat(model.templates())
                    .extracting(FileTemplate::name)
                    .containsExactly("weights.safetensors");
        }
    }

    @Test
    void tensorsOfShardsAreInTheOrderOfFilesAndBytes() throws IOException {
        putShards();

        try (Checkpoint model = HuggingFaceFolder.open(folder)) {
            assertThat(model.tensors().values())
                    .extracting(TensorInfo::name)
                    .containsExactly("a", "c", "b");
        }
    }

    @Test
    void templatesFilledWithTensorsGiveEveryShardBack() throws IOException {
        putShards();

        try (Checkpoint model = HuggingFaceFolder.open(folder);
                Arena arena = Arena.ofConfined()) {
            for (FileTemplate template : model.templates()) {
                assertThat(Templates.fill(template, name -> model.map(name, arena)))
                        .isEqualTo(Files.readAllBytes(folder.resolve(template.name())));
            }
            assertThat(model.templates())
                    .extracting(FileTemplate::name)
                    .containsExactly("s1.safetensors", "s2.safetensors");
        }
    }

    @Test
    void symbolicLinksOfPlainNamesAreFollowed() throws IOException {
        Path blobs = Files.createDirectory(root.resolve("blobs"));
        Files.write(blobs.resolve("0123"), A);
        Files.writeString(blobs.resolve("4567"), "{\"tie_word_embeddings\":true}");
        Files.createSymbolicLink(folder.resolve("model.safetensors"), Path.of("../blobs/0123"));
        Files.createSymbolicLink(folder.resolve("config.json"), Path.of("../blobs/4567"));

        try (Checkpoint model = HuggingFaceFolder.open(folder)) {
            assertThat(model.tensors().keySet()).containsExactly("a");
            assertThat(model.tiesEmbeddings()).isTrue();
            assertThat(model.companions()).containsExactly("config.json");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../s1.safetensors",
                "/etc/passwd",
                "sub/s1.safetensors",
                "",
                ".",
                "..",
                "sub\\\\s1.safetensors",
                "..\\\\s1.safetensors",
                "s1..safetensors",
                "s1\\u0000.safetensors",
                "s1\\n.safetensors"
            })
    void anIndexThatLeadsOutOfTheFolderIsRefused(String shard) throws IOException {
        Files.write(root.resolve("s1.safetensors"), A);
        Files.createDirectory(folder.resolve("sub"));
        put("sub/s1.safetensors", A);
        putIndex("{\"a\":\"" + shard + "\"}");

        assertMalformed("of tensor 'a' is not a plain file name");
    }

    @Test
    void aShardThatIsMissingIsNamed() throws IOException {
        putShards();
        Files.delete(folder.resolve("s2.safetensors"));

        assertMalformed("index.json: names shard 's2.safetensors', which is not in the folder");
    }

    @Test
    void aTensorThatItsShardLacksIsNamed() throws IOException {
        putShards();
        putIndex("{\"c\":\"s2.safetensors\",\"b\":\"s1.safetensors\",\"a\":\"s1.safetensors\"}");

        assertMalformed("index.json: names tensor 'b' in 's1.safetensors', which lacks it");
    }

    @Test
    void aTensorThatNoShardHasIsNamed() throws IOException {
        put("s1.safetensors", A);
        putIndex("{\"a\":\"s1.safetensors\",\"z\":\"s1.safetensors\"}");

        assertMalformed("index.json: names tensor 'z' in 's1.safetensors', which lacks it");
    }

    @Test
    void aTensorThatTheIndexLacksIsNamed() throws IOException {
        putShards();
        putIndex("{\"c\":\"s2.safetensors\",\"a\":\"s1.safetensors\"}");

        assertMalformed("index.json: lacks tensor 'b' of 's2.safetensors'");
    }

    @Test
    void aTensorInTwoShardsIsRefused() throws IOException {
        put("s1.safetensors", A);
        put(
                "s2.safetensors",
                file(
                        "{"
                                + entry("a", "U8", "[3]", 0, 3)
                                + ","
                                + entry("b", "U8", "[0]", 3, 3)
                                + "}",
                        3));
        putIndex("{\"a\":\"s1.safetensors\",\"b\":\"s2.safetensors\"}");

        assertMalformed("s2.safetensors: tensor 'a' is also in s1.safetensors");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[]|does not hold a JSON object",
                "{|is not valid JSON",
                "{}|weight_map is not an object with tensors",
                "{\"weight_map\":{}}|weight_map is not an object with tensors",
                "{\"weight_map\":[\"a\"]}|weight_map is not an object with tensors",
                "{\"weight_map\":{\"a\":1}}|shard of tensor 'a' is not a string",
                "{\"weight_map\":{\"a\":\"s1.safetensors\",\"a\":\"s2.safetensors\"}}|Duplicate Object property \"a\"",
            })
    void anIndexThatIsNoMapOfStringsIsRefused(String index, String message) throws IOException {
        put("s1.safetensors", A);
        put(ShardIndex.FILE, index);

        assertMalformed(message);
    }

    @Test
    void aWrongTotalSizeDoesNotRefuseAModel() throws IOException {
        put("s1.safetensors", A);
        put(
                ShardIndex.FILE,
                "{\"metadata\":{\"total_size\":1e30},\"weight_map\":{\"a\":\"s1.safetensors\"}}");

        try (Checkpoint model = HuggingFaceFolder.open(folder)) {
            assertThat(model.tensors()).hasSize(1);
        }
    }

    @Test
    void anIndexAndAnotherSingleFileAreAmbiguous() throws IOException {
        putShards();
        put("model.safetensors", A);

        assertRefused("holds model.safetensors and also model.safetensors.index.json");
    }

    @Test
    void severalFilesWithoutAnIndexAreRefused() throws IOException {
        put("s1.safetensors", A);
        put("s2.safetensors", B_AND_C);

        assertRefused("holds 2 .safetensors files, but neither model.safetensors nor");
    }

    @Test
    void oneShardOfSeveralIsNoModel() throws IOException {
        put("model-00001-of-00002.safetensors", A);

        assertRefused("holds model-00001-of-00002.safetensors, one of 2 files, but not the others");
    }

    @ParameterizedTest
    @CsvSource({
        "pytorch_model.bin, pickled PyTorch weights",
        "model.pth, pickled PyTorch weights",
        "model-Q4_K_M.gguf, GGUF weights",
        "tf_model.h5, TensorFlow or Flax weights",
    })
    void weightsInOtherFormatsAreRefusedWithWhatToConvert(String name, String message)
            throws IOException {
        put(name, "x");
        put("config.json", "{}");

        assertRefused("holds no safetensors, but " + name + ": " + message);
        assertRefused("save_pretrained(safe_serialization=True)");
    }

    @Test
    void aFolderWithoutWeightsIsRefused() throws IOException {
        put("config.json", "{}");

        assertRefused("holds no .safetensors file");
    }

    @Test
    void anAdapterIsNoModel() throws IOException {
        put("adapter_config.json", "{}");
        put("adapter_model.safetensors", A);

        assertRefused("holds an adapter (adapter_config.json), not a model");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"quantization_config\":{}}",
                "{\"text_config\":{\"quantization_config\":{}}}"
            })
    void quantisedWeightsAreRefused(String config) throws IOException {
        put("model.safetensors", A);
        put("config.json", config);

        assertRefused("config.json: has a quantization_config");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{}|false",
                "{\"tie_word_embeddings\":true}|true",
                "{\"text_config\":{\"tie_word_embeddings\":true}}|true",
                "{\"tie_word_embeddings\":false,\"text_config\":{\"tie_word_embeddings\":true}}|false",
                "{\"tie_word_embeddings\":null,\"quantization_config\":null,\"limit\":[0.0,Infinity]}|false",
            })
    void theConfigurationSaysWhetherEmbeddingsAreTied(String config, boolean tied)
            throws IOException {
        put("model.safetensors", A);
        put("config.json", config);

        try (Checkpoint model = HuggingFaceFolder.open(folder)) {
            assertThat(model.tiesEmbeddings()).isEqualTo(tied);
        }
    }

    @Test
    void aConfigurationThatIsNoJsonIsRefused() throws IOException {
        put("model.safetensors", A);
        put("config.json", "{\"a\":");

        assertMalformed("config.json: is not valid JSON: ");
    }

    @Test
    void companionsAreTheOtherPlainFilesSorted() throws IOException {
        putShards();
        for (String name :
                new String[] {
                    "tokenizer.json",
                    "README.md",
                    "modeling_x.py",
                    "tokenizer.model",
                    "chat_template.jinja"
                }) {
            put(name, "x");
        }
        for (String name :
                new String[] {
                    ".gitattributes",
                    "delta.json",
                    "training_args.bin",
                    "x.pt",
                    "x.pth",
                    "x.gguf",
                    "model.onnx",
                    "model.onnx_data",
                    "tf_model.h5",
                    "flax_model.msgpack",
                    "other.safetensors"
                }) {
            put(name, "x");
        }
        Files.createDirectory(folder.resolve("sub"));

        try (Checkpoint model = HuggingFaceFolder.open(folder)) {
            assertThat(model.companions())
                    .containsExactly(
                            "README.md",
                            "chat_template.jinja",
                            "model.safetensors.index.json",
                            "modeling_x.py",
                            "tokenizer.json",
                            "tokenizer.model");
        }
    }

    @Test
    void aCompanionTooLargeForOneIsRefusedByName() throws IOException {
        put("model.safetensors", A);
        try (var large = new RandomAccessFile(folder.resolve("corpus.txt").toFile(), "rw")) {
            large.setLength((64 << 20) + 1);
        }

        try (Checkpoint model = HuggingFaceFolder.open(folder)) {
            assertThatThrownBy(model::companions)
                    .isInstanceOf(DeltaPressException.class)
                    .hasMessageContaining("corpus.txt: is 67108865 bytes long");
        }
    }
}
