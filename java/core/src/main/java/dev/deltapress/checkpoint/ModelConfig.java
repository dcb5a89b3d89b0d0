package dev.deltapress.checkpoint;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What matters here of a model's {@code config.json}. Multimodal models nest the language model's
 * part under {@code text_config}.
 *
 * @param tiesEmbeddings {@code tie_word_embeddings}, false where absent
 * @param quantized whether there is a {@code quantization_config}, so that weights are no plain
 *     numbers
 */
record ModelConfig(boolean tiesEmbeddings, boolean quantized) {
    static final String FILE = "config.json";

    /** Reads the configuration of a folder; one without a file says nothing of itself. */
    static ModelConfig read(Path folder) throws IOException {
        Path file = folder.resolve(FILE);
        if (!Files.isRegularFile(file)) {
            return new ModelConfig(false, false);
        }
        JsonNode root = Json.readObject(Json.PYTHON_MAPPER, file);
        JsonNode text = root.path("text_config");
        boolean nested = text.path("tie_word_embeddings").booleanValue(false);
        return new ModelConfig(
                root.path("tie_word_embeddings").booleanValue(nested),
                isPresent(root, "quantization_config") || isPresent(text, "quantization_config"));
    }

    private static boolean isPresent(JsonNode node, String key) {
        JsonNode value = node.path(key);
        return !value.isMissingNode() && !value.isNull();
    }
}
