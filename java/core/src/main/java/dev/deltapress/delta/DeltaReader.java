package dev.deltapress.delta;

import dev.deltapress.DeltaPressException;
import dev.deltapress.MalformedFileException;
import dev.deltapress.checkpoint.PlainName;
import dev.deltapress.checkpoint.SafetensorsFile;
import dev.deltapress.checkpoint.SafetensorsHeader;
import dev.deltapress.delta.Manifest.FileKind;
import dev.deltapress.delta.Manifest.FileRecord;
import dev.deltapress.delta.Manifest.ShardRecord;
import dev.deltapress.delta.TensorRecord.Kind;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Shape;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A delta folder, opened for reading. Opening checks every hash and every record, so that nothing
 * of a delta that opened can surprise but the values themselves.
 *
 * <p>Safe for use by several threads at once.
 */
public final class DeltaReader implements AutoCloseable {
    private static final long MAX_WORD = (1L << 32) - 1;

    private final Path folder;
    private final Manifest manifest;
    private final long manifestBytes;
    private final List<SafetensorsFile> shards = new ArrayList<>();
    private final Map<String, SafetensorsFile> shardOf = new HashMap<>();
    private final Map<String, SafetensorsHeader.Entry> entries = new HashMap<>();

    private DeltaReader(Path folder, Manifest manifest, long manifestBytes) {
        this.folder = folder;
        this.manifest = manifest;
        this.manifestBytes = manifestBytes;
    }

    /**
     * Opens a delta and checks all of it.
     *
     * @throws MalformedFileException naming the file if a single bit is not as it was written
     */
    public static DeltaReader open(Path folder) throws IOException {
        return open(folder, true);
    }

    /**
     * Opens a delta of which not everything will be read: checks the manifest and the headers, but
     * not the hashes of whole shards. {@link #checkPayloads} tells whether a tensor is as it was
     * written.
     *
     * @throws MalformedFileException naming the file if what was read is not as it was written
     */
    public static DeltaReader openPartially(Path folder) throws IOException {
        return open(folder, false);
    }

    private static DeltaReader open(Path folder, boolean whole) throws IOException {
        Path path = folder.resolve(Manifest.FILE);
        if (!Files.isRegularFile(path)) {
            throw new DeltaPressException(
                    "%s: not a delta: there is no %s".formatted(folder, Manifest.FILE));
        }
        byte[] bytes = Files.readAllBytes(path);
        Manifest manifest = ManifestJson.read(bytes, path.toString());
        DeltaReader reader = new DeltaReader(folder, manifest, bytes.length);
        try {
            for (ShardRecord shard : manifest.head().shards()) {
                reader.addShard(shard, whole);
            }
            reader.checkRecords();
        } catch (Throwable t) {
            reader.close();
            throw t;
        }
        return reader;
    }

    public Manifest manifest() {
        return manifest;
    }

    public Path folder() {
        return folder;
    }

    /** Bytes of all files of the delta. */
    public long totalBytes() {
        return manifestBytes
                + manifest.head().shards().stream().mapToLong(ShardRecord::bytes).sum();
    }

    /** Bytes that a payload and its header entry take; 0 if there is no such payload. */
    public long storedBytes(String payload) {
        SafetensorsHeader.Entry entry = entries.get(payload);
        return entry == null
                ? 0
                : entry.end()
                        - entry.begin()
                        + DeltaBytes.entry(payload, entry.end() - entry.begin(), entry.end());
    }

    /**
     * Maps a payload, read-only, until the arena closes. Its bytes are those of the delta where
     * opening checked the hash of every shard.
     */
    public MemorySegment payload(String name, Arena arena) throws IOException {
        SafetensorsFile shard = shardOf.get(name);
        if (shard == null) {
            throw new IllegalArgumentException(folder + ": no payload '" + name + "'");
        }
        return shard.map(name, arena);
    }

    /**
     * Checks that the payloads of a tensor are those that its record was written for: opening a
     * delta tells what was damaged, this what was put together wrongly.
     *
     * @throws MalformedFileException naming the tensor and the payload
     */
    public void checkPayloads(TensorRecord record) throws IOException {
        checkPayload(record.payload(), record.sum(), record.displayName());
        checkPayload(record.tailPayload(), record.tail(), record.displayName());
    }

    private void checkPayload(String name, @Nullable String sum, String owner) throws IOException {
        if (sum == null) {
            return;
        }
        try (Arena arena = Arena.ofShared()) {
            require(
                    Hashes.of(payload(name, arena)).equals(sum),
                    owner,
                    "payload '" + name + "' is not what its record says");
        }
    }

    /** Decodes the bytes of a file of the tuned model, or of its template. */
    public MemorySegment file(FileRecord record, Arena arena) throws IOException {
        MemorySegment bytes = arena.allocate(record.bytes());
        try (Arena scratch = Arena.ofConfined()) {
            checkPayload(record.id(), record.sum(), record.name());
            MemorySegment block = payload(record.id(), scratch);
            ExactBlock.decode(block, DType.U8, null, bytes, where(record.name()));
        }
        return bytes;
    }

    /** Names a tensor or file of this delta in an error. */
    public String where(String name) {
        return "%s: '%s'".formatted(folder, name);
    }

    private void addShard(ShardRecord shard, boolean whole) throws IOException {
        require(PlainName.isPlain(shard.name()), shard.name(), "not a plain file name");
        Path path = folder.resolve(shard.name());
        SafetensorsFile file = openShard(path, shard, whole);
        shards.add(file);
        for (SafetensorsHeader.Entry entry : file.header().tensors()) {
            if (entry.dtype() != DType.U8 || entries.put(entry.name(), entry) != null) {
                throw new MalformedFileException(
                        "%s: payload '%s' is %s or stored twice, expected U8 and once"
                                .formatted(path, entry.name(), entry.dtype()));
            }
            shardOf.put(entry.name(), file);
        }
    }

    /** The file that is hashed is the one that is read, even if another one takes its name. */
    private static SafetensorsFile openShard(Path path, ShardRecord shard, boolean whole)
            throws IOException {
        FileChannel channel;
        try {
            channel = FileChannel.open(path, StandardOpenOption.READ);
        } catch (NoSuchFileException e) {
            throw new MalformedFileException(path + ": missing from the delta", e);
        }
        try {
            requireSize(path, channel, shard);
            if (whole) {
                requireHash(path, channel, shard);
            }
            return SafetensorsFile.open(path, channel);
        } catch (Throwable t) {
            channel.close();
            throw t;
        }
    }

    private static void requireSize(Path path, FileChannel channel, ShardRecord shard)
            throws IOException {
        if (channel.size() != shard.bytes()) {
            throw new MalformedFileException(
                    "%s: expected %d bytes, found %d"
                            .formatted(path, shard.bytes(), channel.size()));
        }
    }

    private static void requireHash(Path path, FileChannel channel, ShardRecord shard)
            throws IOException {
        String sum = RunningHash.of(channel);
        if (!sum.equals(shard.sum())) {
            throw new MalformedFileException(
                    "%s: corrupt: its hash is %s, %s says %s"
                            .formatted(path, sum, Manifest.FILE, shard.sum()));
        }
    }

    private void checkRecords() {
        Set<String> payloads = new HashSet<>(entries.keySet());
        Set<String> names = new HashSet<>();
        long nextId = 0;
        for (TensorRecord record : manifest.tensors()) {
            require(names.add(record.name()), record.name(), "recorded twice");
            require(
                    record.id() >= nextId && record.id() + slices(record) - 1 <= MAX_WORD,
                    record.name(),
                    "id %d, expected at least %d".formatted(record.id(), nextId));
            nextId = record.id() + slices(record);
            checkTensor(record);
            takePayload(payloads, record.sum(), record.payload(), record.name());
            takePayload(payloads, record.tail(), record.tailPayload(), record.name());
        }
        Set<String> files = new HashSet<>();
        for (FileRecord record : manifest.files()) {
            boolean plain =
                    record.kind() == FileKind.COPY
                            ? PlainName.isPlainBelow(record.name())
                            : PlainName.isPlain(record.name());
            require(plain, record.name(), "not a plain file name");
            require(files.add(record.name()), record.name(), "recorded twice");
            require(
                    record.bytes() >= 0 && record.bytes() <= Integer.MAX_VALUE,
                    record.name(),
                    record.bytes() + " bytes");
            takePayload(payloads, record.sum(), record.id(), record.name());
        }
        require(payloads.isEmpty(), Manifest.FILE, "payloads without a record: " + payloads);
    }

    private static long slices(TensorRecord record) {
        boolean many = record.kind() == Kind.FACTORS && record.dimensions().size() == 3;
        return many ? Math.max(1, record.dimensions().getFirst()) : 1;
    }

    private void checkTensor(TensorRecord record) {
        String name = record.name();
        int rank = record.dimensions().size();
        try {
            record.dtype().byteSize(record.shape());
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new MalformedFileException(
                    "%s: shape %s: %s".formatted(where(name), record.dimensions(), e.getMessage()),
                    e);
        }
        boolean stored = record.kind() != Kind.EQUAL;
        require(stored == (record.sum() != null), name, "payload and kind do not fit");
        require(
                record.kind() == Kind.EXACT || record.base() != null,
                name,
                record.kind().text() + " without a base tensor");
        Long rows = record.rows();
        require(
                rows == null ? record.tail() == null : rows >= 0 && fitsRows(record, rows),
                name,
                "rows " + rows + " of " + record.shape());
        if (record.kind() == Kind.FACTORS) {
            require(
                    record.dtype().isCompressible() && (rank == 2 || (rank == 3 && rows == null)),
                    name,
                    "no matrix: %s %s".formatted(record.dtype(), record.shape()));
            Shape shape = record.shape();
            require(
                    isSide(shape.dimension(rank - 1)) && isSide(shape.dimension(rank - 2)),
                    name,
                    "sides of " + shape);
        }
    }

    private static boolean isSide(long length) {
        return length >= 1 && length <= Integer.MAX_VALUE;
    }

    private static boolean fitsRows(TensorRecord record, long rows) {
        if (record.dimensions().isEmpty()) {
            return false;
        }
        long all = record.dimensions().getFirst();
        return rows <= all && (rows < all) == (record.tail() != null);
    }

    private void takePayload(
            Set<String> payloads, @Nullable String sum, String payload, String name) {
        require(
                sum == null || payloads.remove(payload),
                name,
                "payload '" + payload + "' is missing");
    }

    private void require(boolean holds, String name, String message) {
        if (!holds) {
            throw new MalformedFileException(where(name) + ": " + message);
        }
    }

    /** Files that hold tensors, in the order of the manifest. */
    public List<FileRecord> templates() {
        return manifest.files().stream().filter(f -> f.kind() == FileKind.TEMPLATE).toList();
    }

    /** Files that are copied as they are. */
    public List<FileRecord> copies() {
        return manifest.files().stream().filter(f -> f.kind() == FileKind.COPY).toList();
    }

    @Override
    public void close() {
        shards.forEach(SafetensorsFile::close);
    }
}
