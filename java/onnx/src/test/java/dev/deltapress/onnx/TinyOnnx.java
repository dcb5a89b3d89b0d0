package dev.deltapress.onnx;

import com.google.protobuf.CodedOutputStream;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Writes small ONNX models field by field, well-formed or not. Every method returns encoded fields;
 * messages are put together by passing them on.
 */
public final class TinyOnnx {
    public static final int FLOAT = 1;
    public static final int INT64 = 7;

    private TinyOnnx() {}

    /** A model of IR version 8 and operator set 13 with these fields of its graph. */
    public static byte[] model(byte[]... graphFields) {
        byte[] named = concat(text(2, "tiny"), concat(graphFields));
        return concat(number(1, 8), bytes(7, named), bytes(8, text(1, ""), number(2, 13)));
    }

    /** A graph's field: an initializer with these fields. */
    public static byte[] initializer(byte[]... tensorFields) {
        return bytes(5, tensorFields);
    }

    /** An initializer of floats as exporters write it: packed dims, type, name, raw data. */
    public static byte[] floats(String name, List<Integer> dims, float... values) {
        return initializer(dims(dims), type(FLOAT), name(name), raw(littleEndian(values)));
    }

    /** An initializer of zeros. */
    public static byte[] zeros(String name, int rows, int columns) {
        return floats(name, List.of(rows, columns), new float[rows * columns]);
    }

    public static byte[] dims(List<Integer> dims) {
        return bytes(1, packed(dims.stream().mapToLong(d -> d).toArray()));
    }

    public static byte[] type(int type) {
        return number(2, type);
    }

    public static byte[] name(String name) {
        return text(8, name);
    }

    public static byte[] raw(byte[] data) {
        return bytes(9, data);
    }

    /** External data; a negative length is left out. */
    public static byte[] external(String location, long offset, long length) {
        byte[] fields = concat(entry("location", location), entry("offset", "" + offset));
        if (length >= 0) {
            fields = concat(fields, entry("length", "" + length));
        }
        return concat(fields, number(14, 1));
    }

    /** One key and value of external data. */
    public static byte[] entry(String key, String value) {
        return bytes(13, text(1, key), text(2, value));
    }

    /** A graph's field: a node with one output, which is named after the node. */
    public static byte[] node(String opType, String name, List<String> inputs, byte[]... more) {
        byte[] encoded = new byte[0];
        for (String input : inputs) {
            encoded = concat(encoded, text(1, input));
        }
        return bytes(1, encoded, text(2, name), text(3, name), text(4, opType), concat(more));
    }

    /** A graph's input (11) or output (12), sentences x tokens, or x width if that is not 0. */
    public static byte[] value(int field, String name, int elementType, int width) {
        byte[] shape = concat(bytes(1, text(2, "sentences")), bytes(1, text(2, "tokens")));
        if (width > 0) {
            shape = concat(shape, bytes(1, number(1, width)));
        }
        byte[] tensorType = concat(number(1, elementType), bytes(2, shape));
        return bytes(field, text(1, name), bytes(2, bytes(1, tensorType)));
    }

    public static byte[] littleEndian(float... values) {
        var buffer = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asFloatBuffer().put(values);
        return buffer.array();
    }

    public static byte[] littleEndian(long... values) {
        var buffer = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asLongBuffer().put(values);
        return buffer.array();
    }

    /** A field that carries its length, made of these parts. */
    public static byte[] bytes(int field, byte[]... parts) {
        return encode(out -> out.writeByteArray(field, concat(parts)));
    }

    public static byte[] text(int field, String text) {
        return bytes(field, text.getBytes(StandardCharsets.UTF_8));
    }

    public static byte[] number(int field, long value) {
        return encode(out -> out.writeInt64(field, value));
    }

    /** Integers one after another, to be the payload of a packed field. */
    public static byte[] packed(long... values) {
        return encode(
                out -> {
                    for (long value : values) {
                        out.writeInt64NoTag(value);
                    }
                });
    }

    public static byte[] concat(byte[]... parts) {
        var all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private interface Writer {
        void write(CodedOutputStream out) throws IOException;
    }

    private static byte[] encode(Writer writer) {
        var bytes = new ByteArrayOutputStream();
        var out = CodedOutputStream.newInstance(bytes);
        try {
            writer.write(out);
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
