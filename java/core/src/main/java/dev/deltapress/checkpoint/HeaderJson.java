package dev.deltapress.checkpoint;

import dev.deltapress.MalformedFileException;
import dev.deltapress.checkpoint.SafetensorsHeader.Entry;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Shape;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonParser.NumberType;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * The JSON of a safetensors header, read token by token: its grammar and its words. What the
 * numbers mean together is checked by {@link SafetensorsHeader}.
 *
 * <p>A key that the format does not define is refused: it might change what the bytes mean.
 */
final class HeaderJson {
    static final String METADATA = "__metadata__";

    /** More than any framework has; without it, one shape could fill the memory. */
    private static final int MAX_RANK = 64;

    private final String file;
    private final JsonParser parser;
    private final List<Entry> tensors = new ArrayList<>();
    private final SequencedMap<String, String> metadata = new LinkedHashMap<>();

    private HeaderJson(String file, JsonParser parser) {
        this.file = file;
        this.parser = parser;
    }

    /**
     * Reads the JSON in {@code bytes} from {@code offset} to the end.
     *
     * @param file what to call the file in messages
     */
    static HeaderJson parse(String file, byte[] bytes, int offset) {
        requireUtf8(file, bytes, offset);
        try (JsonParser parser =
                Json.STRICT.createParser(
                        ObjectReadContext.empty(), bytes, offset, bytes.length - offset)) {
            var json = new HeaderJson(file, parser);
            json.readHeader();
            return json;
        } catch (JacksonException e) {
            throw new MalformedFileException(
                    file + ": header is not valid JSON: " + Json.describe(e), e);
        }
    }

    /** Tensors in the order of the text. */
    List<Entry> tensors() {
        return tensors;
    }

    SequencedMap<String, String> metadata() {
        return Collections.unmodifiableSequencedMap(metadata);
    }

    // The JSON parser is lenient on overlong forms and encoded surrogates, so it is not asked.
    private static void requireUtf8(String file, byte[] bytes, int offset) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(bytes, offset, bytes.length - offset);
        CharBuffer scratch = CharBuffer.allocate(8192);
        CoderResult result;
        do {
            result = decoder.decode(in, scratch.clear(), true);
        } while (result.isOverflow());
        if (result.isError()) {
            throw new MalformedFileException(
                    "%s: header is not valid UTF-8 at byte %d of the file"
                            .formatted(file, in.position()));
        }
    }

    private void readHeader() {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw malformed("header is %s, expected an object".formatted(describeToken()));
        }
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            if (name.equals(METADATA)) {
                readMetadata();
            } else {
                tensors.add(readTensor(name));
            }
        }
        if (parser.nextToken() != null) {
            throw malformed("header goes on after its JSON object");
        }
    }

    private void readMetadata() {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw malformed("%s is %s, expected an object".formatted(METADATA, describeToken()));
        }
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String key = parser.currentName();
            if (parser.nextToken() != JsonToken.VALUE_STRING) {
                throw malformed(
                        "%s: value of %s is %s, expected a string"
                                .formatted(METADATA, Text.quote(key), describeToken()));
            }
            String value = parser.getString();
            // The JSON parser refuses these in names, not in values.
            if (Text.hasLoneSurrogate(value)) {
                throw malformed(
                        "%s: value of %s holds a lone surrogate"
                                .formatted(METADATA, Text.quote(key)));
            }
            metadata.put(key, value);
        }
    }

    private Entry readTensor(String name) {
        if (name.indexOf('\0') >= 0) {
            throw malformed(name, "name holds a NUL character");
        }
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw malformed(name, "is %s, expected an object".formatted(describeToken()));
        }
        DType dtype = null;
        List<Long> shape = null;
        List<Long> offsets = null;
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String key = parser.currentName();
            parser.nextToken();
            switch (key) {
                case "dtype" -> dtype = readDType(name);
                case "shape" -> shape = readIntegers(name, key, MAX_RANK);
                case "data_offsets" -> offsets = readIntegers(name, key, 2);
                default -> throw malformed(name, "unknown key " + Text.quote(key));
            }
        }
        List<Long> range = present(offsets, name, "data_offsets");
        if (range.size() != 2) {
            throw malformed(
                    name, "data_offsets has %d numbers, expected 2".formatted(range.size()));
        }
        return new Entry(
                name,
                present(dtype, name, "dtype"),
                new Shape(present(shape, name, "shape")),
                range.get(0),
                range.get(1));
    }

    private DType readDType(String tensor) {
        if (parser.currentToken() != JsonToken.VALUE_STRING) {
            throw malformed(tensor, "dtype is %s, expected a string".formatted(describeToken()));
        }
        String name = parser.getString();
        return DType.byName(name)
                .orElseThrow(() -> malformed(tensor, "unknown dtype " + Text.quote(name)));
    }

    private List<Long> readIntegers(String tensor, String key, int maxCount) {
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            throw malformed(
                    tensor,
                    "%s is %s, expected an array of integers".formatted(key, describeToken()));
        }
        var integers = new ArrayList<Long>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (integers.size() == maxCount) {
                throw malformed(tensor, "%s has more than %d numbers".formatted(key, maxCount));
            }
            integers.add(readInteger(tensor, key));
        }
        return integers;
    }

    private long readInteger(String tensor, String key) {
        if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT || isSigned()) {
            throw malformed(
                    tensor,
                    "%s holds %s, expected non-negative integers".formatted(key, describeToken()));
        }
        if (parser.getNumberType() == NumberType.BIG_INTEGER) {
            throw malformed(
                    tensor, "%s holds %s, which is 2^63 or more".formatted(key, describeToken()));
        }
        return parser.getLongValue();
    }

    /** Looks at the text, since -0 is an integer like 0 to the JSON parser. */
    private boolean isSigned() {
        return parser.getStringCharacters()[parser.getStringOffset()] == '-';
    }

    private <T> T present(@Nullable T value, String tensor, String key) {
        if (value == null) {
            throw malformed(tensor, "has no " + key);
        }
        return value;
    }

    private String describeToken() {
        return switch (parser.currentToken()) {
            case null -> "empty";
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_STRING -> "the string " + Text.quote(parser.getString());
            default -> Text.clean(parser.getString());
        };
    }

    private MalformedFileException malformed(String tensor, String message) {
        return malformed("tensor %s: %s".formatted(Text.quote(tensor), message));
    }

    private MalformedFileException malformed(String message) {
        return new MalformedFileException(file + ": " + message);
    }
}
