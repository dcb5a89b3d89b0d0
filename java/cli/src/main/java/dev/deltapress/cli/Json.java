package dev.deltapress.cli;

import dev.deltapress.pipeline.TensorReport;

import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

import java.util.List;
import java.util.function.Function;

/** What the JSON forms of reports share. */
final class Json {

    // ASCII alone, because the encoding of standard output is the locale's.
    private static final JsonMapper MAPPER =
            JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    private Json() {}

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    static String line(ObjectNode object) {
        return MAPPER.writeValueAsString(object);
    }

    /** The number, or null for NaN and infinity, which JSON lacks. */
    static JsonNode number(double value) {
        return Double.isFinite(value)
                ? JsonNodeFactory.instance.numberNode(value)
                : JsonNodeFactory.instance.nullNode();
    }

    static <T> ArrayNode array(List<T> values, Function<T, JsonNode> form) {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        values.forEach(value -> array.add(form.apply(value)));
        return array;
    }

    static ArrayNode strings(List<String> values) {
        return array(values, JsonNodeFactory.instance::stringNode);
    }

    /** The keys that {@code verify} promises for a tensor. */
    static ObjectNode tensor(TensorReport tensor) {
        ObjectNode object = object().put("name", tensor.name());
        object.set(
                "shape", array(tensor.shape().dimensions(), JsonNodeFactory.instance::numberNode));
        object.set("relative_error", number(tensor.relativeError()));
        object.put("stored_bytes", tensor.storedBytes());
        object.set("ratio", number(tensor.ratio()));
        return object;
    }
}
