package dev.deltapress.panama.parity;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Cases and what comes out, in the format of {@code native/tests/README.md}. */
final class VectorFile implements AutoCloseable {
    private static final int VERSION = 1;

    private final OutputStream out;

    VectorFile(Path file) throws IOException {
        out = new BufferedOutputStream(Files.newOutputStream(file));
        write("DPVECTOR".getBytes(StandardCharsets.US_ASCII));
        write(VERSION);
    }

    void write(Case c, List<Operand> expected) throws IOException {
        byte[] name = c.operation().getBytes(StandardCharsets.US_ASCII);
        write(name.length);
        write(name);
        write(c.parameters().size());
        for (long parameter : c.parameters()) {
            write(parameter);
        }
        write(c.inputs().size() + expected.size());
        for (Operand input : c.inputs()) {
            write(0, input);
        }
        for (Operand output : expected) {
            write(1, output);
        }
    }

    private void write(int role, Operand operand) throws IOException {
        write(role);
        write(operand.element().number());
        write((long) operand.bytes().length);
        write(operand.bytes());
    }

    private void write(int number) throws IOException {
        write(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(number).array());
    }

    private void write(long number) throws IOException {
        write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(number).array());
    }

    private void write(byte[] bytes) throws IOException {
        out.write(bytes);
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
