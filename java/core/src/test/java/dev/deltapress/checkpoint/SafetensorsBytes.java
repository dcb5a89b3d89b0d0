package dev.deltapress.checkpoint;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.deltapress.MalformedFileException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Safetensors files written byte by byte, right or wrong. */
final class SafetensorsBytes {
    private SafetensorsBytes() {}

    /** Length, the header as it stands, and that many bytes 0, 1, 2, ... of data. */
    static byte[] file(String header, int dataBytes) {
        byte[] data = new byte[dataBytes];
        for (int i = 0; i < dataBytes; i++) {
            data[i] = (byte) i;
        }
        return file(header.getBytes(StandardCharsets.UTF_8), data);
    }

    static byte[] file(byte[] header, byte[] data) {
        return bytes(header.length, concat(header, data));
    }

    /** Any length field, then any bytes. */
    static byte[] bytes(long length, byte... rest) {
        byte[] field =
                ByteBuffer.allocate(Long.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(length)
                        .array();
        return concat(field, rest);
    }

    /** {@code "name": {...}} of a header. */
    static String entry(String name, String dtype, String shape, long begin, long end) {
        return "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
                .formatted(name, dtype, shape, begin, end);
    }

    static byte[] concat(byte[] a, byte[] b) {
        return ByteBuffer.allocate(a.length + b.length).put(a).put(b).array();
    }

    /** Opens the bytes as {@code folder/model.safetensors}. */
    static SafetensorsFile open(Path folder, byte[] bytes) {
        try {
            return SafetensorsFile.open(Files.write(folder.resolve("model.safetensors"), bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the refusal of the bytes says after the name of the file. */
    static String refusal(Path folder, byte[] bytes) {
        var error =
                catchThrowableOfType(
                        MalformedFileException.class, () -> open(folder, bytes).close());
        if (error == null) {
            throw new AssertionError("the file was accepted");
        }
        String prefix = folder.resolve("model.safetensors") + ": ";
        String message = String.valueOf(error.getMessage());
        if (!message.startsWith(prefix)) {
            throw new AssertionError("not the name of the file first: " + message);
        }
        return message.substring(prefix.length());
    }
}
