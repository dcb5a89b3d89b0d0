package dev.deltapress.checkpoint;

import dev.deltapress.MalformedFileException;

import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How this package reads JSON that it did not write. */
final class Json {
    /** Far above the 4 levels that headers and indexes have. */
    private static final int MAX_NESTING = 64;

    /** A text can be one single string or name, so its own length is the only limit on those. */
    static final int MAX_BYTES = SafetensorsHeader.MAX_JSON_BYTES;

    /** Plain JSON in UTF-8, nothing repeated, little nesting. */
    static final JsonFactory STRICT =
            JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .disable(TokenStreamFactory.Feature.CHARSET_DETECTION)
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxNestingDepth(MAX_NESTING)
                                    .maxNameLength(MAX_BYTES)
                                    .maxStringLength(MAX_BYTES)
                                    .build())
                    .build();

    /** For indexes. */
    static final JsonMapper STRICT_MAPPER = JsonMapper.builder(STRICT).build();

    /** For configurations as Python writes them: {@code NaN} and {@code Infinity} are numbers. */
    static final JsonMapper PYTHON_MAPPER =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                                    .build())
                    .build();

    private Json() {}

    /**
     * Reads a file that holds one JSON object.
     *
     * @throws MalformedFileException if it holds anything else or is larger than {@link #MAX_BYTES}
     */
    static JsonNode readObject(JsonMapper mapper, Path file) throws IOException {
        long size = Files.size(file);
        if (size > MAX_BYTES) {
            throw new MalformedFileException(
                    "%s: is %d bytes long, expected at most %d".formatted(file, size, MAX_BYTES));
        }
        JsonNode root;
        try {
            root = mapper.readTree(Files.readAllBytes(file));
        } catch (JacksonException e) {
            throw new MalformedFileException(file + ": is not valid JSON: " + describe(e), e);
        }
        if (!root.isObject()) {
            throw new MalformedFileException(file + ": does not hold a JSON object");
        }
        return root;
    }

    /** What is wrong and at which byte of the JSON text, on one line. */
    static String describe(JacksonException e) {
        String message = Text.clean(e.getOriginalMessage());
        return e.getLocation() == null || e.getLocation().getByteOffset() < 0
                ? message
                : message + " (byte " + e.getLocation().getByteOffset() + " of the JSON)";
    }
}
