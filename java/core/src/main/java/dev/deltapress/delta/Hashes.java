package dev.deltapress.delta;

import dev.deltapress.tensor.MappedPages;
import dev.deltapress.tensor.TensorInfo;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The hashes of docs/format.md: the first 16 bytes of SHA-256, in hexadecimal. */
public final class Hashes {
    /** Digits of a hash. */
    public static final int DIGITS = 32;

    private static final int CHUNK = 1 << 20;

    private Hashes() {}

    /** Hash of some bytes. */
    public static String of(MemorySegment bytes) {
        MessageDigest digest = sha256();
        update(digest, bytes);
        return finish(digest);
    }

    /** Fingerprint of a tensor: dtype, shape and all its bytes. */
    public static String fingerprint(TensorInfo tensor, MemorySegment bytes) {
        MessageDigest digest = sha256();
        String header = tensor.dtype().name() + tensor.shape() + "\n";
        digest.update(header.getBytes(StandardCharsets.UTF_8));
        update(digest, bytes);
        return finish(digest);
    }

    /** Hash of all bytes of a file. */
    public static String ofFile(Path file) throws IOException {
        MessageDigest digest = sha256();
        ByteBuffer buffer = ByteBuffer.allocate(CHUNK);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            while (channel.read(buffer) >= 0) {
                digest.update(buffer.flip());
                buffer.clear();
            }
        }
        return finish(digest);
    }

    private static void update(MessageDigest digest, MemorySegment bytes) {
        MappedPages read = MappedPages.behindReaderOf(bytes);
        for (long at = 0; at < bytes.byteSize(); at += CHUNK) {
            long length = Math.min(CHUNK, bytes.byteSize() - at);
            digest.update(bytes.asSlice(at, length).asByteBuffer());
            read.passed(at + length);
        }
    }

    private static String finish(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest(), 0, DIGITS / 2);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
