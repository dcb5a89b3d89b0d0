package dev.deltapress.cuda;

import dev.deltapress.MalformedFileException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads of a shared library what the loader reads: segments, dynamic section, dynamic strings.
 * 64-bit little-endian ELF only. Offsets are in bytes of the file; whatever refers outside of it is
 * a {@link MalformedFileException} that says where, expected, found.
 *
 * <p>Source: System V gABI, chapters 4 and 5.
 */
final class ElfLibrary {
    /** Offset in the string table of a library that is needed; occurs any number of times. */
    static final long DT_NEEDED = 1;

    static final long DT_VERNEED = 0x6FFFFFFE;
    static final long DT_VERNEEDNUM = 0x6FFFFFFF;

    private static final long DT_NULL = 0;
    private static final long DT_STRTAB = 5;
    private static final long DT_STRSZ = 10;
    private static final int DYNAMIC_BYTES = 16;

    private static final int HEADER_BYTES = 64;
    private static final int MAGIC = 0x464C457F; // 7F 'E' 'L' 'F', read little-endian
    private static final int CLASS_64_LITTLE_ENDIAN = 0x0102; // EI_CLASS 2, EI_DATA 1
    private static final int SHARED_OBJECT = 3; // ET_DYN

    private static final int SEGMENT_BYTES = 56;
    private static final int PT_LOAD = 1;
    private static final int PT_DYNAMIC = 2;

    /** A piece of the file, and the address where the loader puts it. */
    private record Segment(int type, long offset, long address, long byteSize) {}

    private record Dynamic(long tag, long value) {}

    /** A string and where its first byte is. */
    record Text(long offset, String text) {}

    private final String name;
    private final ByteBuffer bytes;
    private final List<Segment> segments;
    private final List<Dynamic> dynamics;
    private final long strings;
    private final long stringsBytes;

    /**
     * @param name what it is, for errors
     * @param content the whole file
     * @throws MalformedFileException if that is no library of the kind, or damaged
     */
    ElfLibrary(String name, byte[] content) {
        this.name = name;
        bytes = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
        segments = readSegments();
        dynamics = readDynamics();
        strings = offsetOf(dynamic(DT_STRTAB, "DT_STRTAB"), "DT_STRTAB");
        stringsBytes = dynamic(DT_STRSZ, "DT_STRSZ");
        require(strings, stringsBytes, "string table");
    }

    private List<Segment> readSegments() {
        require(0, HEADER_BYTES, "header");
        expect("byte 0, magic", MAGIC, bytes.getInt(0));
        expect("byte 4, class and byte order", CLASS_64_LITTLE_ENDIAN, bytes.getShort(4));
        expect("byte 16, type", SHARED_OBJECT, bytes.getShort(16));
        expect("byte 54, bytes of a program header", SEGMENT_BYTES, bytes.getShort(54));
        long table = bytes.getLong(32);
        int count = Short.toUnsignedInt(bytes.getShort(56));
        require(table, (long) count * SEGMENT_BYTES, "program headers");
        List<Segment> read = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int at = (int) table + i * SEGMENT_BYTES;
            long offset = bytes.getLong(at + 8);
            long byteSize = bytes.getLong(at + 32);
            require(offset, byteSize, "segment " + i);
            read.add(new Segment(bytes.getInt(at), offset, bytes.getLong(at + 16), byteSize));
        }
        return read;
    }

    private List<Dynamic> readDynamics() {
        Segment segment =
                segments.stream()
                        .filter(s -> s.type == PT_DYNAMIC)
                        .findFirst()
                        .orElseThrow(() -> malformed("program headers", "a PT_DYNAMIC", "none"));
        List<Dynamic> read = new ArrayList<>();
        long last = segment.offset + segment.byteSize - DYNAMIC_BYTES;
        for (long at = segment.offset; at <= last; at += DYNAMIC_BYTES) {
            long tag = bytes.getLong((int) at);
            if (tag == DT_NULL) {
                return read;
            }
            read.add(new Dynamic(tag, bytes.getLong((int) at + 8)));
        }
        throw malformed("dynamic section", "a DT_NULL at its end", "none");
    }

    /** Every value that the dynamic section has under a tag. */
    List<Long> dynamics(long tag) {
        return dynamics.stream().filter(d -> d.tag == tag).map(Dynamic::value).toList();
    }

    /**
     * The first value under a tag, which must be there.
     *
     * @param tagName for the error
     */
    long dynamic(long tag, String tagName) {
        List<Long> values = dynamics(tag);
        if (values.isEmpty()) {
            throw malformed("dynamic section", "a " + tagName, "none");
        }
        return values.getFirst();
    }

    /** Where in the file the byte is that the loader puts at an address. */
    long offsetOf(long address, String where) {
        for (Segment s : segments) {
            long distance = address - s.address;
            if (s.type == PT_LOAD && distance >= 0 && distance < s.byteSize) {
                return s.offset + distance;
            }
        }
        throw malformed(where, "an address in the file", "0x" + Long.toHexString(address));
    }

    /** The string at an offset in the string table. */
    Text string(long offset, String where) {
        if (offset < 0 || offset >= stringsBytes) {
            throw malformed(where, "a string before byte " + stringsBytes, "byte " + offset);
        }
        int start = (int) (strings + offset);
        int end = start;
        while (bytes.get(end) != 0) {
            if (++end == strings + stringsBytes) {
                throw malformed(where, "a string that ends in its table", "no end");
            }
        }
        return new Text(
                start, new String(bytes.array(), start, end - start, StandardCharsets.ISO_8859_1));
    }

    /** The unsigned 16 bits at an offset that was {@linkplain #require required}. */
    int uint16(long offset) {
        return Short.toUnsignedInt(bytes.getShort((int) offset));
    }

    /** The unsigned 32 bits at an offset that was {@linkplain #require required}. */
    long uint32(long offset) {
        return Integer.toUnsignedLong(bytes.getInt((int) offset));
    }

    /** Refuses what does not lie in the file. */
    void require(long offset, long byteSize, String what) {
        if (offset < 0 || byteSize < 0 || offset > bytes.capacity() - byteSize) {
            throw malformed(
                    what,
                    "0x%x bytes from byte 0x%x on".formatted(byteSize, offset),
                    "a file of 0x%x bytes".formatted(bytes.capacity()));
        }
    }

    private void expect(String where, int expected, int found) {
        if (expected != found) {
            throw malformed(where, "0x%x".formatted(expected), "0x%x".formatted(found));
        }
    }

    MalformedFileException malformed(String where, String expected, String found) {
        return new MalformedFileException(
                "%s, %s: expected %s, found %s".formatted(name, where, expected, found));
    }
}
