package dev.deltapress.bench;

import dev.deltapress.onnx.embedding.Distances;
import dev.deltapress.onnx.embedding.SentenceEmbedder;

import tools.jackson.databind.json.JsonMapper;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * The real pair that quality is judged on: {@code bge-small-en} and its fine-tune {@code
 * bge-small-en-v1.5}, BERT encoders of 33 million parameters.
 *
 * <p>A model is judged by its embeddings of the first 400 questions of GSM8K's test set, cut to 128
 * tokens: the mean of 1 - cos against those of the tuned model.
 *
 * @param folder where the models lie
 */
public record BgePair(Path folder) {
    private static final String QUESTIONS = "/gsm8k_questions.jsonl";

    public Path base() {
        return folder.resolve("bge-small-en.onnx");
    }

    public Path tuned() {
        return folder.resolve("bge-small-en-v1.5.onnx");
    }

    private Path tokenizer() {
        return folder.resolve("bge-small-en-v1.5-tokenizer.json");
    }

    /** Embeddings of the questions. */
    public float[][] embed(Path model) throws IOException {
        try (SentenceEmbedder embedder = SentenceEmbedder.open(model, tokenizer())) {
            return embedder.embed(questions());
        }
    }

    /** Mean of 1 - cos over the questions. */
    public double distance(float[][] tuned, Path model) throws IOException {
        return Distances.meanCosineDistance(tuned, embed(model));
    }

    private static List<String> questions() throws IOException {
        JsonMapper mapper = new JsonMapper();
        try (InputStream file =
                        Objects.requireNonNull(BgePair.class.getResourceAsStream(QUESTIONS));
                BufferedReader lines =
                        new BufferedReader(new InputStreamReader(file, StandardCharsets.UTF_8))) {
            return lines.lines()
                    .map(line -> mapper.readTree(line).get("question").asString())
                    .toList();
        }
    }
}
