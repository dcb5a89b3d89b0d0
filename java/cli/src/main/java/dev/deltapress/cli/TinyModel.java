package dev.deltapress.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** A model that is one matrix of random numbers. */
final class TinyModel {
    private static final int SIDE = 128;
    private static final String MATRIX = "layers.0.weight";

    private TinyModel() {}

    /** Writes it as .onnx or .safetensors, as the name says. */
    static Path write(Path file, int seed) throws IOException {
        byte[] matrix = matrix(new Random(seed));
        boolean onnx = file.toString().endsWith(".onnx");
        return Files.write(file, onnx ? onnx(matrix) : safetensors(matrix));
    }

    private static byte[] safetensors(byte[] matrix) {
        byte[] header =
                """
                {"%s":{"dtype":"F32","shape":[%d,%d],"data_offsets":[0,%d]}}"""
                        .formatted(MATRIX, SIDE, SIDE, matrix.length)
                        .getBytes(StandardCharsets.UTF_8);
        ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        return concat(length.putLong(header.length).array(), header, matrix);
    }

    private static byte[] matrix(Random random) {
        ByteBuffer bytes = ByteBuffer.allocate(SIDE * SIDE * Float.BYTES);
        bytes.order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            bytes.putFloat((float) random.nextGaussian());
        }
        return bytes.array();
    }

    /** A graph of one node, y = x W; numbers are those of fields in onnx.proto. */
    private static byte[] onnx(byte[] matrix) {
        byte[] node = concat(text(1, "x"), text(1, MATRIX), text(2, "y"), text(4, "MatMul"));
        byte[] dims = concat(number(1, SIDE), number(1, SIDE));
        byte[] weight = concat(dims, number(2, 1), text(8, MATRIX), field(9, matrix));
        byte[] graph = concat(field(1, node), text(2, "tiny"), field(5, weight));
        return concat(number(1, 8), field(7, graph));
    }

    private static byte[] text(int field, String text) {
        return field(field, text.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] field(int field, byte[] bytes) {
        return concat(varint((field << 3) | 2), varint(bytes.length), bytes);
    }

    private static byte[] number(int field, int number) {
        return concat(varint(field << 3), varint(number));
    }

    private static byte[] varint(int number) {
        var bytes = new ByteArrayOutputStream();
        int rest = number;
        for (; rest > 0x7F; rest >>>= 7) {
            bytes.write((rest & 0x7F) | 0x80);
        }
        bytes.write(rest);
        return bytes.toByteArray();
    }

    private static byte[] concat(byte[]... parts) {
        var bytes = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            bytes.writeBytes(part);
        }
        return bytes.toByteArray();
    }
}
