package dev.deltapress.onnx.embedding;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;

import dev.deltapress.MalformedFileException;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Sentences to token numbers, as a {@code tokenizer.json} says. Uses no network. */
final class SentenceTokenizer implements AutoCloseable {

    static {
        // Left alone, the library reports its use where it finds cloud metadata, and on a machine
        // with a GPU downloads another build of itself.
        setIfAbsent("OPT_OUT_TRACKING", "true");
        setIfAbsent("RUST_FLAVOR", "cpu");
    }

    private final HuggingFaceTokenizer tokenizer;

    private SentenceTokenizer(HuggingFaceTokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    static SentenceTokenizer open(Path tokenizerJson, int maxTokens) throws IOException {
        Map<String, String> options =
                Map.of(
                        "truncation",
                        "true",
                        "padding",
                        "false",
                        "maxLength",
                        String.valueOf(maxTokens),
                        "modelMaxLength",
                        String.valueOf(maxTokens));
        try {
            return new SentenceTokenizer(HuggingFaceTokenizer.newInstance(tokenizerJson, options));
        } catch (RuntimeException e) {
            throw new MalformedFileException(
                    tokenizerJson + ": no tokenizer that can be read: " + e.getMessage(), e);
        }
    }

    /** The tokens of each sentence with the special ones, cut off at the maximum, not padded. */
    List<long[]> encode(List<String> sentences) {
        return Arrays.stream(tokenizer.batchEncode(sentences)).map(Encoding::getIds).toList();
    }

    private static void setIfAbsent(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
