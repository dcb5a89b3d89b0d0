package dev.deltapress.delta;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The hash of bytes that come in pieces; see {@link Hashes}. */
final class RunningHash {
    private static final int CHUNK = 1 << 20;

    private final MessageDigest digest;

    RunningHash() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    /** Hash of all bytes of an open file, whose position stays where it is. */
    static String of(FileChannel channel) throws IOException {
        RunningHash hash = new RunningHash();
        ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK);
        for (long at = 0; channel.read(buffer, at) >= 0; buffer.clear()) {
            at += buffer.position();
            hash.update(buffer.flip());
        }
        return hash.finish();
    }

    /** Takes the remaining bytes of a buffer, which has none left then. */
    void update(ByteBuffer bytes) {
        digest.update(bytes);
    }

    /** The hash of all that was taken; to be called once. */
    String finish() {
        return HexFormat.of().formatHex(digest.digest(), 0, Hashes.DIGITS / 2);
    }

    /** A channel that hashes what it passes on. Closing it has no effect. */
    WritableByteChannel over(WritableByteChannel out) {
        return new WritableByteChannel() {
            @Override
            public int write(ByteBuffer bytes) throws IOException {
                ByteBuffer written = bytes.duplicate();
                int count = out.write(bytes);
                update(written.limit(written.position() + count));
                return count;
            }

            @Override
            public boolean isOpen() {
                return out.isOpen();
            }

            @Override
            public void close() {}
        };
    }
}
