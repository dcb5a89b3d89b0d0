package dev.deltapress.onnx;

import static com.google.protobuf.WireFormat.WIRETYPE_FIXED32;
import static com.google.protobuf.WireFormat.WIRETYPE_FIXED64;
import static com.google.protobuf.WireFormat.WIRETYPE_LENGTH_DELIMITED;
import static com.google.protobuf.WireFormat.WIRETYPE_VARINT;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;

import dev.deltapress.MalformedFileException;

import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.LongConsumer;

/**
 * Walks the protobuf wire format of a file field by field. Payloads are skipped, not loaded, and
 * every length is held against the message around it.
 *
 * <p>A handler consumes its field with exactly one of {@link #message}, {@link #bytes}, {@link
 * #string}, {@link #varint}, {@link #varints} and {@link #skip}.
 */
final class ProtoReader {

    /** Handles one field of a message, given its number. */
    @FunctionalInterface
    interface FieldHandler {
        void field(int number) throws IOException;
    }

    /** A longer name is an attack on the heap. */
    private static final int LONGEST_NAME = 1 << 16;

    /** As in protobuf's own parsers; without it a hostile file could overflow the stack. */
    private static final int DEEPEST_MESSAGE = 100;

    private final CodedInputStream in;
    private final Path file;
    private String subject = "";
    private int depth;

    /** Reads the channel from its position, which must be the start of the file. */
    ProtoReader(Path file, FileChannel channel) throws IOException {
        this.file = file;
        long byteSize = channel.size();
        if (byteSize > Integer.MAX_VALUE) {
            throw new MalformedFileException(
                    "%s: %d bytes, but protobuf allows %d; larger models keep external data"
                            .formatted(file, byteSize, Integer.MAX_VALUE));
        }
        in = CodedInputStream.newInstance(Channels.newInputStream(channel));
        in.pushLimit((int) byteSize);
    }

    /** Hands every field of the outermost message to the handler. */
    void document(FieldHandler handler) throws IOException {
        try {
            eachField(handler);
        } catch (InvalidProtocolBufferException e) {
            // The library's own message says nothing of the place.
            throw new MalformedFileException(where() + "no valid field", e);
        }
    }

    /** Hands every field of the message that the current field holds to the handler. */
    void message(FieldHandler handler) throws IOException {
        long length = length();
        int available = in.getBytesUntilLimit();
        if (++depth > DEEPEST_MESSAGE) {
            throw malformed("messages nest deeper than " + DEEPEST_MESSAGE);
        }
        // A message that is cut off is walked too, so that the error names the tensor it ends in.
        int outer = in.pushLimit(Math.clamp(length, 0, available));
        eachField(handler);
        requireAvailable(length, available);
        in.popLimit(outer);
        depth--;
    }

    private void eachField(FieldHandler handler) throws IOException {
        while (in.readTag() != 0) {
            handler.field(WireFormat.getTagFieldNumber(in.getLastTag()));
        }
    }

    /** Skips the bytes that the current field holds, and tells where they lie. */
    Extent bytes() throws IOException {
        int length = availableLength();
        var extent = new Extent(in.getTotalBytesRead(), length);
        in.skipRawBytes(length);
        return extent;
    }

    /** The current field as a short line of text. */
    String string() throws IOException {
        int length = availableLength();
        if (length > LONGEST_NAME) {
            throw malformed("a name of " + length + " bytes");
        }
        String text = new String(in.readRawBytes(length), StandardCharsets.UTF_8);
        if (text.chars().anyMatch(Character::isISOControl)) {
            throw malformed("a name with control characters");
        }
        return text;
    }

    /** The current field as an integer. */
    long varint() throws IOException {
        requireWireType(WIRETYPE_VARINT);
        return in.readRawVarint64();
    }

    /** Every integer of the current field, packed or one alone. */
    void varints(LongConsumer consumer) throws IOException {
        if (!isLengthDelimited()) {
            consumer.accept(varint());
            return;
        }
        int outer = in.pushLimit(availableLength());
        while (in.getBytesUntilLimit() > 0) {
            consumer.accept(in.readRawVarint64());
        }
        in.popLimit(outer);
    }

    /** Passes over the current field. */
    void skip() throws IOException {
        switch (wireType()) {
            case WIRETYPE_VARINT -> in.readRawVarint64();
            case WIRETYPE_FIXED64 -> in.skipRawBytes(Long.BYTES);
            case WIRETYPE_FIXED32 -> in.skipRawBytes(Integer.BYTES);
            case WIRETYPE_LENGTH_DELIMITED -> bytes();
            default -> throw malformed("wire type " + wireType() + ", which ONNX does not use");
        }
    }

    /** Whether the current field carries a length: message, text, bytes or packed numbers. */
    boolean isLengthDelimited() {
        return wireType() == WIRETYPE_LENGTH_DELIMITED;
    }

    /** What errors name from now on, for example {@code tensor 'w'}; empty for nothing. */
    void subject(String subject) {
        this.subject = subject;
    }

    /** An error at the current byte. */
    MalformedFileException malformed(String what) {
        return new MalformedFileException(where() + what);
    }

    private String where() {
        String named = subject.isEmpty() ? "" : subject + ", ";
        return "%s: %sbyte %d: ".formatted(file, named, in.getTotalBytesRead());
    }

    private int wireType() {
        return WireFormat.getTagWireType(in.getLastTag());
    }

    private void requireWireType(int expected) {
        if (wireType() != expected) {
            throw malformed(
                    "field %d has wire type %d, expected %d"
                            .formatted(
                                    WireFormat.getTagFieldNumber(in.getLastTag()),
                                    wireType(),
                                    expected));
        }
    }

    private int availableLength() throws IOException {
        long length = length();
        requireAvailable(length, in.getBytesUntilLimit());
        return (int) length;
    }

    private long length() throws IOException {
        requireWireType(WIRETYPE_LENGTH_DELIMITED);
        return in.readRawVarint64();
    }

    private void requireAvailable(long length, int available) {
        // Unsigned, because ten bytes of varint can make a length negative.
        if (Long.compareUnsigned(length, available) > 0) {
            throw malformed(
                    "a field of %s bytes, but %d are left"
                            .formatted(Long.toUnsignedString(length), available));
        }
    }
}
