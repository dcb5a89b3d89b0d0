package dev.deltapress.checkpoint;

import dev.deltapress.DeltaPressException;
import dev.deltapress.MalformedFileException;
import dev.deltapress.checkpoint.FileTemplate.Splice;
import dev.deltapress.checkpoint.SafetensorsHeader.Entry;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;

/**
 * A safetensors file, opened and wholly validated. Stays the file that was opened, even if another
 * one takes its name.
 *
 * <p>Safe for use by several threads at once.
 */
public final class SafetensorsFile implements AutoCloseable {
    private final Path path;
    private final FileChannel channel;
    private final long fileBytes;
    private final SafetensorsHeader header;
    private final Map<String, Entry> byName = new HashMap<>();

    private SafetensorsFile(Path path, FileChannel channel) throws IOException {
        this.path = path;
        this.channel = channel;
        this.fileBytes = channel.size();
        this.header = SafetensorsHeader.read(path.toString(), channel, fileBytes);
        header.tensors().forEach(tensor -> byName.put(tensor.name(), tensor));
    }

    /**
     * Opens and validates a file. Symbolic links are followed.
     *
     * @throws MalformedFileException if the file breaks a rule of the format
     * @throws DeltaPressException if there is no regular file at the path
     */
    public static SafetensorsFile open(Path path) throws IOException {
        if (!Files.isRegularFile(path)) {
            throw new DeltaPressException(path + ": there is no such file");
        }
        return open(path, FileChannel.open(path, StandardOpenOption.READ));
    }

    /**
     * Validates a file that is open already, whatever has its name by now.
     *
     * @param channel closed by the result, or here on failure; read from its position 0
     * @throws MalformedFileException if the file breaks a rule of the format
     */
    public static SafetensorsFile open(Path path, FileChannel channel) throws IOException {
        try {
            return new SafetensorsFile(path, channel.position(0));
        } catch (Throwable t) {
            channel.close();
            throw t;
        }
    }

    /** The path that was opened, as given. */
    public Path path() {
        return path;
    }

    public SafetensorsHeader header() {
        return header;
    }

    /**
     * Maps the bytes of one tensor, read-only, until the arena closes.
     *
     * @throws IllegalArgumentException if there is no tensor of that name
     * @throws MalformedFileException if the size of the file has changed since it was opened
     */
    public MemorySegment map(String name, Arena arena) throws IOException {
        Entry tensor = byName.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException(path + ": no tensor " + Text.quote(name));
        }
        // A page behind the end of a file that was cut would kill the reader when it is touched.
        long size = channel.size();
        if (size != fileBytes) {
            throw new MalformedFileException(
                    "%s: was %d bytes long when opened, is %d bytes long now"
                            .formatted(path, fileBytes, size));
        }
        if (tensor.byteSize() == 0) {
            return arena.allocate(0).asReadOnly();
        }
        return channel.map(
                MapMode.READ_ONLY, header.dataOffset() + tensor.begin(), tensor.byteSize(), arena);
    }

    /** The file without its tensors: its header, then all tensors in the order of their data. */
    public FileTemplate template() {
        long at = header.dataOffset();
        return new FileTemplate(
                String.valueOf(path.getFileName()),
                header.literal(),
                header.tensors().stream().map(tensor -> new Splice(at, tensor.name())).toList());
    }

    /** Segments mapped before stay valid until their own arenas close. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(path + ": cannot be closed", e);
        }
    }
}
