package dev.deltapress.onnx;

import dev.deltapress.MalformedFileException;
import dev.deltapress.checkpoint.FileTemplate;
import dev.deltapress.checkpoint.FileTemplate.Splice;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;

/** A file that holds tensors, the model itself or external data, and where they lie in it. */
final class TensorFile {

    /**
     * A range of the file and the tensors that share it.
     *
     * @param tensors in graph order, at least one; the first one's name stands for all
     */
    record Place(Extent extent, List<Initializer> tensors) {
        String name() {
            return tensors.getFirst().name();
        }
    }

    /** Well below what one buffer can hold. */
    private static final long BYTES_PER_READ = 1 << 26;

    private final Path path;
    private final long byteSize;
    private final TreeMap<Long, Place> places = new TreeMap<>();

    TensorFile(Path path) throws IOException {
        this.path = path;
        this.byteSize = Files.size(path);
    }

    /** Ranges that hold tensors, in file order. */
    Collection<Place> places() {
        return places.values();
    }

    /**
     * Adds a tensor, unless it has no bytes and so needs no place.
     *
     * @throws MalformedFileException if it reaches beyond the file, or shares some but not all of
     *     its bytes with another tensor
     */
    void add(Initializer tensor) {
        Extent extent = tensor.elements().extent();
        requireInside(tensor.name(), extent);
        if (extent.length() == 0) {
            return;
        }
        var before = places.lowerEntry(extent.end());
        if (before != null && before.getValue().extent().equals(extent)) {
            before.getValue().tensors().add(tensor);
        } else if (before != null && before.getValue().extent().end() > extent.offset()) {
            throw new MalformedFileException(
                    "%s: tensor '%s' at byte %d overlaps tensor '%s' at byte %d"
                            .formatted(
                                    path,
                                    tensor.name(),
                                    extent.offset(),
                                    before.getValue().name(),
                                    before.getKey()));
        } else {
            places.put(extent.offset(), new Place(extent, new ArrayList<>(List.of(tensor))));
        }
    }

    private void requireInside(String tensor, Extent extent) {
        if (extent.offset() > byteSize || extent.length() > byteSize - extent.offset()) {
            throw new MalformedFileException(
                    "%s: tensor '%s': %d bytes at byte %d, but the file has %d"
                            .formatted(path, tensor, extent.length(), extent.offset(), byteSize));
        }
    }

    /** Maps a range read-only until the arena closes. */
    MemorySegment map(Extent extent, Arena arena) throws IOException {
        try (var channel = open()) {
            return channel.map(MapMode.READ_ONLY, extent.offset(), extent.length(), arena);
        }
    }

    /** Everything between the tensors, read into memory that the garbage collector frees. */
    FileTemplate template() throws IOException {
        long tensorBytes = places().stream().mapToLong(place -> place.extent().length()).sum();
        MemorySegment literal = Arena.ofAuto().allocate(byteSize - tensorBytes);
        List<Splice> splices = new ArrayList<>();
        long at = 0;
        long position = 0;
        try (var channel = open()) {
            for (Place place : places()) {
                long gap = place.extent().offset() - position;
                read(channel, position, literal.asSlice(at, gap));
                at += gap;
                splices.add(new Splice(at, place.name()));
                position = place.extent().end();
            }
            read(channel, position, literal.asSlice(at));
        }
        return new FileTemplate(path.getFileName().toString(), literal, splices);
    }

    private FileChannel open() throws IOException {
        FileChannel channel = FileChannel.open(path);
        long found = channel.size();
        if (found != byteSize) {
            channel.close();
            throw new IOException(
                    "%s: %d bytes, but %d when it was opened".formatted(path, found, byteSize));
        }
        return channel;
    }

    private void read(FileChannel channel, long position, MemorySegment into) throws IOException {
        long done = 0;
        while (done < into.byteSize()) {
            long size = Math.min(BYTES_PER_READ, into.byteSize() - done);
            ByteBuffer buffer = into.asSlice(done, size).asByteBuffer();
            int count = channel.read(buffer, position + done);
            if (count < 0) {
                throw new EOFException(path + ": ended at byte " + (position + done));
            }
            done += count;
        }
    }
}
