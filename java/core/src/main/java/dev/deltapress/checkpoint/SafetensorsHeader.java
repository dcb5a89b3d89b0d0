package dev.deltapress.checkpoint;

import dev.deltapress.MalformedFileException;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Shape;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.SequencedMap;

/**
 * The front of a safetensors file: names, types, shapes and places of its tensors.
 *
 * <p>A file is 8 bytes of little-endian length N, N bytes of JSON, then the data of the tensors. A
 * header exists only for a file whose tensors cover its data exactly: no hole, no overlap, nothing
 * after the last one, every size right for its type and shape. Source: README.md of
 * huggingface/safetensors, section "Format".
 *
 * <p>Immutable.
 */
public final class SafetensorsHeader {
    /** The format's limit on N, for readers and writers. */
    public static final int MAX_JSON_BYTES = 100_000_000;

    private static final int LENGTH_BYTES = Long.BYTES;
    private static final int READ_CHUNK = 1 << 20;

    private final byte[] literal;
    private final List<Entry> tensors;
    private final SequencedMap<String, String> metadata;

    /**
     * One tensor.
     *
     * @param begin first byte, counted from the end of the header
     * @param end byte after the last, counted likewise
     */
    public record Entry(String name, DType dtype, Shape shape, long begin, long end) {
        /** Bytes of the tensor. */
        public long byteSize() {
            return end - begin;
        }
    }

    private SafetensorsHeader(
            byte[] literal, List<Entry> tensors, SequencedMap<String, String> metadata) {
        this.literal = literal;
        this.tensors = Collections.unmodifiableList(tensors);
        this.metadata = metadata;
    }

    /**
     * Reads and validates the header of an open file.
     *
     * @param file what to call the file in messages
     * @param fileBytes size of the file
     * @throws MalformedFileException if the file breaks a rule of the format
     */
    static SafetensorsHeader read(String file, FileChannel channel, long fileBytes)
            throws IOException {
        if (fileBytes < LENGTH_BYTES) {
            throw new MalformedFileException(
                    "%s: is %d bytes long, too short for the %d bytes of the header length"
                            .formatted(file, fileBytes, LENGTH_BYTES));
        }
        byte[] length = new byte[LENGTH_BYTES];
        readFully(file, channel, length);
        long jsonBytes = ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong();
        // Unsigned: a length with its highest bit set is large, not negative.
        if (Long.compareUnsigned(jsonBytes, MAX_JSON_BYTES) > 0) {
            throw new MalformedFileException(
                    "%s: header length is %s bytes, the format allows at most %d"
                            .formatted(file, Long.toUnsignedString(jsonBytes), MAX_JSON_BYTES));
        }
        long after = fileBytes - LENGTH_BYTES;
        if (jsonBytes > after) {
            throw new MalformedFileException(
                    "%s: header length is %d bytes, but %d bytes follow the length"
                            .formatted(file, jsonBytes, after));
        }
        byte[] literal = new byte[LENGTH_BYTES + (int) jsonBytes];
        readFully(file, channel, literal);
        HeaderJson json = HeaderJson.parse(file, literal, LENGTH_BYTES);
        List<Entry> tensors = new ArrayList<>(json.tensors());
        tensors.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        tensors.forEach(tensor -> requireSize(file, tensor));
        requireCoverage(file, tensors, after - jsonBytes);
        return new SafetensorsHeader(literal, tensors, json.metadata());
    }

    /** Tensors in the order of their data. */
    public List<Entry> tensors() {
        return tensors;
    }

    /** The {@code __metadata__} of the file, in its order; empty where it has none. */
    public SequencedMap<String, String> metadata() {
        return metadata;
    }

    /**
     * The {@code __metadata__} of a header that is not in a file of its own.
     *
     * @param file what to call the header in messages
     * @param literal 8 + N bytes, as {@link #literal()} gives them
     * @throws MalformedFileException if it is no header
     */
    public static SequencedMap<String, String> metadata(String file, MemorySegment literal) {
        byte[] bytes = literal.toArray(ValueLayout.JAVA_BYTE);
        return HeaderJson.parse(file, bytes, LENGTH_BYTES).metadata();
    }

    /** The header as stored, 8 + N bytes, read-only. */
    public MemorySegment literal() {
        return MemorySegment.ofArray(literal).asReadOnly();
    }

    /** Where the data of the tensors begins in the file. */
    public long dataOffset() {
        return literal.length;
    }

    /**
     * Fills {@code into} from the start of the file; in chunks, as the JDK keeps buffers of their
     * size.
     */
    private static void readFully(String file, FileChannel channel, byte[] into)
            throws IOException {
        ByteBuffer target = ByteBuffer.wrap(into);
        while (target.position() < into.length) {
            target.limit(Math.min(into.length, target.position() + READ_CHUNK));
            if (channel.read(target, target.position()) < 0) {
                throw new MalformedFileException(
                        "%s: ends at byte %d, inside its header"
                                .formatted(file, target.position()));
            }
        }
    }

    private static void requireSize(String file, Entry tensor) {
        if (tensor.begin() > tensor.end()) {
            throw malformed(
                    file,
                    tensor,
                    "data begins at byte %d, after its end at byte %d"
                            .formatted(tensor.begin(), tensor.end()));
        }
        long expected;
        try {
            expected = tensor.dtype().byteSize(tensor.shape());
        } catch (ArithmeticException e) {
            throw malformed(
                    file,
                    tensor,
                    "%s %s has no size in bytes (%s)"
                            .formatted(tensor.dtype(), tensor.shape(), e.getMessage()));
        }
        if (expected != tensor.byteSize()) {
            throw malformed(
                    file,
                    tensor,
                    "%s %s takes %d bytes, but data_offsets [%d,%d] hold %d"
                            .formatted(
                                    tensor.dtype(),
                                    tensor.shape(),
                                    expected,
                                    tensor.begin(),
                                    tensor.end(),
                                    tensor.byteSize()));
        }
    }

    private static void requireCoverage(String file, List<Entry> sorted, long dataBytes) {
        long covered = 0;
        for (Entry tensor : sorted) {
            if (tensor.begin() != covered) {
                throw malformed(
                        file,
                        tensor,
                        "data begins at byte %d, but the tensors before it end at byte %d (%s)"
                                .formatted(
                                        tensor.begin(),
                                        covered,
                                        tensor.begin() < covered ? "overlap" : "hole"));
            }
            if (tensor.end() > dataBytes) {
                throw malformed(
                        file,
                        tensor,
                        "data ends at byte %d, but %d bytes follow the header"
                                .formatted(tensor.end(), dataBytes));
            }
            covered = tensor.end();
        }
        if (covered != dataBytes) {
            throw new MalformedFileException(
                    "%s: the last tensor ends at byte %d, but %d bytes follow the header"
                            .formatted(file, covered, dataBytes));
        }
    }

    private static MalformedFileException malformed(String file, Entry tensor, String message) {
        return new MalformedFileException(
                "%s: tensor %s: %s".formatted(file, Text.quote(tensor.name()), message));
    }
}
