package dev.deltapress.pipeline;

import dev.deltapress.tensor.DType;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The dtype that a model's config.json names, kept true when a model is restored in another. */
final class ConfigDType {
    private static final JsonMapper MAPPER =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private ConfigDType() {}

    /** The configuration with {@code dtype} and {@code torch_dtype} replaced where it has them. */
    static byte[] rewrite(byte[] config, DType dtype) {
        JsonNode root;
        try {
            root = MAPPER.readTree(config);
        } catch (JacksonException e) {
            return config;
        }
        rewrite(root, dtype);
        return MAPPER.writeValueAsBytes(root);
    }

    private static void rewrite(JsonNode node, DType dtype) {
        if (!(node instanceof ObjectNode object)) {
            return;
        }
        for (String key : new String[] {"dtype", "torch_dtype"}) {
            if (object.has(key)) {
                object.put(key, torchName(dtype));
            }
        }
        object.values().forEach(child -> rewrite(child, dtype));
    }

    private static String torchName(DType dtype) {
        return switch (dtype) {
            case F32 -> "float32";
            case F16 -> "float16";
            case BF16 -> "bfloat16";
            default -> throw new IllegalArgumentException("no model dtype: " + dtype);
        };
    }
}
