package dev.deltapress.cli;

import dev.deltapress.checkpoint.PlannedTensor;
import dev.deltapress.checkpoint.SafetensorsWriter;
import dev.deltapress.checkpoint.ShardPlan;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Shape;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** A model that is one matrix of random numbers. */
final class TinyModel {
    private static final int SIDE = 128;
    private static final String MATRIX = "layers.0.weight";

    private TinyModel() {}

    /** Writes it as .onnx or .safetensors, as the name says. */
    static Path write(Path file, int seed) throws IOException {
        byte[] matrix = matrix(new Random(seed));
        if (file.toString().endsWith(".onnx")) {
            return Files.write(file, onnx(matrix));
        }
        var planned = new PlannedTensor(MATRIX, DType.F32, Shape.of(SIDE, SIDE));
        try (var writer =
                SafetensorsWriter.canonical(file, List.of(planned), ShardPlan.MODEL_METADATA)) {
            writer.write(MATRIX, MemorySegment.ofArray(matrix));
        }
        return file;
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
