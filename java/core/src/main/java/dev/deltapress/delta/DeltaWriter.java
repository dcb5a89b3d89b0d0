package dev.deltapress.delta;

import dev.deltapress.checkpoint.PlannedTensor;
import dev.deltapress.checkpoint.SafetensorsWriter;
import dev.deltapress.checkpoint.ShardPlan;
import dev.deltapress.delta.Manifest.FileRecord;
import dev.deltapress.delta.Manifest.Head;
import dev.deltapress.delta.Manifest.Removed;
import dev.deltapress.delta.Manifest.ShardRecord;
import dev.deltapress.io.Replaced;
import dev.deltapress.io.Staging;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Shape;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a delta folder. Payloads are stored as they get ready, in any order and by any thread;
 * they are put into shards in the order of the records at the end, and the folder appears by a
 * rename.
 */
public final class DeltaWriter {
    private static final String PARTS = "parts";
    private static final String STEM = "delta";
    private static final int CHUNK = 1 << 20;

    private final Staging staging;
    private final Path parts;

    /** What goes from a part to its shard at once. */
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK);

    /** A payload that is ready. */
    public record Payload(String name, long bytes, String sum) {}

    /** Writes the bytes of a payload. */
    @FunctionalInterface
    public interface Content {
        void writeTo(WritableByteChannel out) throws IOException;
    }

    /**
     * What was written.
     *
     * @param totalBytes of all files
     * @param entryBytes of each payload's header entry, by its name
     */
    public record Written(long totalBytes, Map<String, Long> entryBytes) {}

    /**
     * @param staging where the folder grows; stays the caller's to close
     */
    public DeltaWriter(Staging staging) throws IOException {
        this.staging = staging;
        this.parts = Files.createDirectory(staging.folder().resolve(PARTS));
    }

    /** Stores a payload. Several threads may do so at once, under different names. */
    public Payload store(String name, Content content) throws IOException {
        Path part = parts.resolve(name);
        try (FileChannel channel =
                FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            RunningHash hash = new RunningHash();
            content.writeTo(hash.over(channel));
            return new Payload(name, channel.position(), hash.finish());
        }
    }

    /**
     * Writes shards and manifest and makes the folder the target.
     *
     * @param head its list of shards is replaced by the true one
     * @param payloads in the order of their records
     */
    public Written finish(
            Head head,
            List<TensorRecord> tensors,
            List<Removed> removed,
            List<FileRecord> files,
            List<Payload> payloads,
            long maxShardBytes,
            Replaced replaced)
            throws IOException {
        List<PlannedTensor> planned =
                payloads.stream()
                        .map(p -> new PlannedTensor(p.name(), DType.U8, Shape.of(p.bytes())))
                        .toList();
        List<ShardRecord> shards = new ArrayList<>();
        Map<String, Long> entryBytes = new HashMap<>();
        if (!planned.isEmpty()) {
            for (ShardPlan.Shard shard :
                    ShardPlan.split(STEM, planned, Map.of(), maxShardBytes).shards()) {
                shards.add(writeShard(shard, entryBytes));
            }
        }
        Files.delete(parts);
        Head trueHead =
                new Head(
                        head.version(),
                        head.method(),
                        head.seed(),
                        head.backend(),
                        head.zstd(),
                        head.base(),
                        shards);
        byte[] manifest = ManifestJson.write(new Manifest(trueHead, tensors, removed, files));
        Files.write(staging.folder().resolve(Manifest.FILE), manifest);
        staging.commitFolder(replaced);
        long shardBytes = shards.stream().mapToLong(ShardRecord::bytes).sum();
        return new Written(shardBytes + manifest.length, entryBytes);
    }

    private ShardRecord writeShard(ShardPlan.Shard shard, Map<String, Long> entryBytes)
            throws IOException {
        Path path = staging.folder().resolve(shard.fileName());
        RunningHash hash = new RunningHash();
        hash.update(ByteBuffer.wrap(SafetensorsWriter.header(shard.tensors(), Map.of())));
        long end = 0;
        try (SafetensorsWriter writer =
                SafetensorsWriter.inGivenOrder(path, shard.tensors(), Map.of())) {
            for (PlannedTensor tensor : shard.tensors()) {
                append(tensor, writer, hash);
                end += tensor.byteSize();
                entryBytes.put(
                        tensor.name(), DeltaBytes.entry(tensor.name(), tensor.byteSize(), end));
            }
        }
        return new ShardRecord(shard.fileName(), Files.size(path), hash.finish());
    }

    /** Moves a part into its shard, so that both are on the disk for one payload at a time. */
    private void append(PlannedTensor tensor, SafetensorsWriter writer, RunningHash hash)
            throws IOException {
        Path part = parts.resolve(tensor.name());
        try (FileChannel channel = FileChannel.open(part, StandardOpenOption.READ)) {
            long left = tensor.byteSize();
            do {
                if (channel.read(buffer.clear()) < 0 && left > 0) {
                    throw new EOFException(part + ": ends " + left + " bytes early");
                }
                left -= buffer.flip().remaining();
                hash.update(buffer.duplicate());
                writer.write(tensor.name(), MemorySegment.ofBuffer(buffer));
            } while (left > 0);
        }
        Files.delete(part);
    }

    /** Writes all bytes of a segment to a channel. */
    public static void writeFully(WritableByteChannel out, MemorySegment bytes) throws IOException {
        ByteBuffer buffer = bytes.asByteBuffer();
        while (buffer.hasRemaining()) {
            out.write(buffer);
        }
    }
}
