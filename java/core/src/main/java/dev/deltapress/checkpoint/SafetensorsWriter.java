package dev.deltapress.checkpoint;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;

/**
 * Writes one safetensors file from front to back: the header at once, then the data of every tensor
 * in the order of {@link #tensors()}. Nothing of a tensor is kept.
 *
 * <p>The header stays within 1 MiB; split larger models with {@link ShardPlan}. The file is written
 * under the name given and must not exist; whoever needs an atomic result renames it afterwards. A
 * file whose writer failed is no valid safetensors file. For use by one thread.
 */
public final class SafetensorsWriter implements AutoCloseable {
    /** One write of more would only fill the JDK's buffers. */
    private static final long CHUNK = 1 << 20;

    private final Path path;
    private final List<PlannedTensor> tensors;
    private final FileChannel channel;
    private int complete;
    private long written;

    private SafetensorsWriter(Path path, List<PlannedTensor> tensors, Map<String, String> metadata)
            throws IOException {
        this.path = path;
        this.tensors = List.copyOf(tensors);
        PlannedTensor.requireDistinctNames(tensors.stream());
        byte[] header = HeaderWriter.render(tensors, metadata);
        if (header.length > HeaderWriter.MAX_BYTES) {
            throw new IllegalArgumentException(
                    "%s: header takes %d bytes, expected at most %d"
                            .formatted(path, header.length, HeaderWriter.MAX_BYTES));
        }
        this.channel =
                FileChannel.open(path, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
        try {
            writeAll(MemorySegment.ofArray(header));
        } catch (Throwable t) {
            channel.close();
            throw t;
        }
    }

    /**
     * Starts a file whose tensors are in {@linkplain PlannedTensor#CANONICAL_ORDER the canonical
     * order}.
     *
     * @throws IllegalArgumentException if two tensors have one name, or the header exceeds 1 MiB
     * @throws java.nio.file.FileAlreadyExistsException if there is such a file
     */
    public static SafetensorsWriter canonical(
            Path path, List<PlannedTensor> tensors, Map<String, String> metadata)
            throws IOException {
        List<PlannedTensor> sorted =
                tensors.stream().sorted(PlannedTensor.CANONICAL_ORDER).toList();
        return new SafetensorsWriter(path, sorted, metadata);
    }

    /** As {@link #canonical}, with the tensors in the order given. */
    public static SafetensorsWriter inGivenOrder(
            Path path, List<PlannedTensor> tensors, Map<String, String> metadata)
            throws IOException {
        return new SafetensorsWriter(path, tensors, metadata);
    }

    /**
     * The header of a file with these tensors in this order: all bytes before their data, a
     * multiple of 8.
     */
    public static byte[] header(List<PlannedTensor> tensors, Map<String, String> metadata) {
        return HeaderWriter.render(tensors, metadata);
    }

    /** Every tensor of the file, in the order in which their data must be written. */
    public List<PlannedTensor> tensors() {
        return tensors;
    }

    /**
     * Writes the next bytes of a tensor. A tensor may come whole or in pieces; one without bytes
     * takes one empty piece.
     *
     * @param name of the first tensor that is not complete
     * @param data little-endian bytes, off-heap or of a {@code byte[]}
     * @throws IllegalArgumentException if another tensor is next, or has fewer bytes left
     */
    public void write(String name, MemorySegment data) throws IOException {
        if (complete == tensors.size()) {
            throw new IllegalArgumentException(
                    "%s: got tensor %s after the last one".formatted(path, Text.quote(name)));
        }
        PlannedTensor next = tensors.get(complete);
        if (!next.name().equals(name)) {
            throw new IllegalArgumentException(
                    "%s: got tensor %s, expected %s"
                            .formatted(path, Text.quote(name), describeNext()));
        }
        if (data.byteSize() > next.byteSize() - written) {
            throw new IllegalArgumentException(
                    "%s: got %d bytes, expected at most the rest of %s"
                            .formatted(path, data.byteSize(), describeNext()));
        }
        writeAll(data);
        written += data.byteSize();
        if (written == next.byteSize()) {
            complete++;
            written = 0;
        }
    }

    private void writeAll(MemorySegment data) throws IOException {
        for (long at = 0; at < data.byteSize(); at += CHUNK) {
            long length = Math.min(CHUNK, data.byteSize() - at);
            ByteBuffer chunk = data.asSlice(at, length).asByteBuffer();
            while (chunk.hasRemaining()) {
                channel.write(chunk);
            }
        }
    }

    private String describeNext() {
        PlannedTensor next = tensors.get(complete);
        return "tensor %s, of which %d of %d bytes are written"
                .formatted(Text.quote(next.name()), written, next.byteSize());
    }

    /**
     * Forces the file to the disk and closes it. Does nothing the second time.
     *
     * @throws IllegalStateException if bytes are missing; the file is closed nevertheless
     */
    @Override
    public void close() throws IOException {
        if (!channel.isOpen()) {
            return;
        }
        try (channel) {
            if (complete < tensors.size()) {
                throw new IllegalStateException(
                        "%s: incomplete at %s".formatted(path, describeNext()));
            }
            channel.force(true);
        }
    }
}
