package dev.deltapress.onnx.embedding;

import dev.deltapress.DeltaPressException;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Runs an encoder of the BERT kind and takes its first token's vector ({@code [CLS]}),
 * L2-normalised, as the embedding of a sentence, which is how BGE models are meant to be used.
 *
 * <p>The model takes {@code input_ids} and, if it wants them, {@code attention_mask} and {@code
 * token_type_ids}, all int64, sentences x tokens; its first output ({@code last_hidden_state}) is
 * float, sentences x tokens x width. It runs on the CPU in ONNX Runtime, which, like the tokenizer
 * of the Deep Java Library, is an optional dependency. Neither uses the network.
 */
public final class SentenceEmbedder implements AutoCloseable {

    /** What a sentence may have, special tokens included; the rest is cut off. */
    public static final int MAX_TOKENS = 128;

    private static final int SENTENCES_PER_BATCH = 16;

    private final Encoder encoder;
    private final SentenceTokenizer tokenizer;

    private SentenceEmbedder(Encoder encoder, SentenceTokenizer tokenizer) {
        this.encoder = encoder;
        this.tokenizer = tokenizer;
    }

    /**
     * Loads a model with its tokenizer.
     *
     * @param onnxModel with its external data beside it, if it has any
     * @param tokenizerJson a {@code tokenizer.json} of Hugging Face
     * @throws DeltaPressException if ONNX Runtime refuses the model, or it has other inputs or
     *     outputs than those above
     * @throws dev.deltapress.MalformedFileException if the tokenizer is none
     */
    public static SentenceEmbedder open(Path onnxModel, Path tokenizerJson) throws IOException {
        var tokenizer = SentenceTokenizer.open(tokenizerJson, MAX_TOKENS);
        try {
            return new SentenceEmbedder(Encoder.open(onnxModel), tokenizer);
        } catch (RuntimeException e) {
            tokenizer.close();
            throw e;
        }
    }

    /**
     * Embeds sentences.
     *
     * @return one vector of length 1 per sentence, in their order
     * @throws DeltaPressException if a sentence has no token
     */
    public float[][] embed(List<String> sentences) {
        List<long[]> tokens = tokenizer.encode(sentences);
        requireTokens(tokens);
        // Sentences of like length together need little padding.
        List<Integer> order =
                IntStream.range(0, tokens.size())
                        .boxed()
                        .sorted(Comparator.comparingInt(i -> tokens.get(i).length))
                        .toList();
        float[][] embeddings = new float[tokens.size()][];
        for (int from = 0; from < order.size(); from += SENTENCES_PER_BATCH) {
            int to = Math.min(from + SENTENCES_PER_BATCH, order.size());
            List<Integer> batch = order.subList(from, to);
            float[][] vectors = encoder.firstTokenVectors(batch.stream().map(tokens::get).toList());
            for (int i = 0; i < vectors.length; i++) {
                embeddings[batch.get(i)] = normalised(vectors[i]);
            }
        }
        return embeddings;
    }

    private static void requireTokens(List<long[]> tokens) {
        for (int i = 0; i < tokens.size(); i++) {
            if (tokens.get(i).length == 0) {
                throw new DeltaPressException("sentence " + i + " has no token");
            }
        }
    }

    private static float[] normalised(float[] vector) {
        double squares = 0;
        for (float value : vector) {
            squares += (double) value * value;
        }
        double norm = Math.sqrt(squares);
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (float) (vector[i] / norm);
        }
        return vector;
    }

    /** Frees the model and the tokenizer; a second call does nothing. */
    @Override
    public void close() {
        try (tokenizer) {
            encoder.close();
        }
    }
}
