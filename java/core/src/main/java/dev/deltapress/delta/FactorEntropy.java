package dev.deltapress.delta;

import static dev.deltapress.tensor.Floats.WORD16;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.deltapress.MalformedFileException;
import dev.deltapress.delta.MaskKey.Side;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Factor blocks as they lie in a file, where groups may have their codes entropy-coded
 * (docs/format.md, sections 5 and 7). Backends know plain blocks alone: a block is deflated after
 * it was packed and inflated before it is decoded.
 */
public final class FactorEntropy {
    /** Of a group's code: its codes are entropy-coded. */
    private static final int DEFLATED = 1 << 15;

    private final FactorBlock header;
    private final MaskKey key;
    private final String where;

    private FactorEntropy(FactorBlock header, MaskKey key, String where) {
        this.header = header;
        this.key = key;
        this.where = where;
    }

    /**
     * A plain block and what it was made from.
     *
     * @param block nothing else
     * @param byteSize bytes that it took in the file
     */
    public record Inflated(MemorySegment block, long byteSize) {}

    /**
     * The block with those groups entropy-coded that get smaller by it.
     *
     * @param block a plain block and nothing else
     * @return the same where none does, else memory of the garbage-collected heap
     */
    public static MemorySegment deflate(
            MemorySegment block, int rows, int columns, MaskKey key, String where) {
        FactorBlock header = FactorBlock.readHeader(block, rows, columns, where);
        return new FactorEntropy(header, key, where).deflate(block);
    }

    private MemorySegment deflate(MemorySegment block) {
        if (header.groups().stream().allMatch(group -> group.grid() == Grid.HALF)) {
            return block;
        }
        byte[] head = block.asSlice(0, header.headerBytes()).toArray(JAVA_BYTE);
        ByteArrayOutputStream values = new ByteArrayOutputStream();
        boolean smaller = false;
        List<GroupRuns> groups = groups();
        for (int g = 0; g < groups.size(); g++) {
            GroupRuns runs = groups.get(g);
            byte[] deflated = runs.canDeflate() ? deflated(runs, block) : null;
            if (deflated != null && deflated.length < runs.byteSize()) {
                setDeflated(MemorySegment.ofArray(head), g, true);
                values.writeBytes(deflated);
                smaller = true;
            } else {
                values.writeBytes(block.asSlice(runs.at(), runs.byteSize()).toArray(JAVA_BYTE));
            }
        }
        if (!smaller) {
            return block;
        }
        byte[] whole = Arrays.copyOf(head, head.length + values.size());
        System.arraycopy(values.toByteArray(), 0, whole, head.length, values.size());
        return MemorySegment.ofArray(whole);
    }

    private static byte[] deflated(GroupRuns runs, MemorySegment block) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (List<Side> sides : runs.streams()) {
            runs.deflate(sides, block, out);
        }
        runs.copyHalves(block, out);
        return out.toByteArray();
    }

    /**
     * The plain block of what a file holds.
     *
     * @param in starts with the block; may go on after it
     * @param arena where a block is that had to be inflated
     * @param where names file and tensor in errors
     * @throws MalformedFileException naming the byte if the block breaks a rule
     */
    public static Inflated inflate(
            MemorySegment in, int rows, int columns, MaskKey key, Arena arena, String where) {
        if (!isDeflated(in)) {
            FactorBlock plain = FactorBlock.readHeader(in, rows, columns, where);
            long bytes = plain.byteSize(key);
            if (bytes > in.byteSize()) {
                throw malformed(
                        where, 0, "a block of %d bytes, found %d".formatted(bytes, in.byteSize()));
            }
            return new Inflated(in.asSlice(0, bytes), bytes);
        }
        MemorySegment head = withoutFlags(in, rows, columns);
        FactorBlock header = FactorBlock.readHeader(head, rows, columns, where);
        return new FactorEntropy(header, key, where).inflate(in, head, arena);
    }

    private static boolean isDeflated(MemorySegment in) {
        for (int g = 0; g < FactorHeader.groups(in); g++) {
            if (isDeflated(in, g)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isDeflated(MemorySegment block, int group) {
        return (block.get(WORD16, FactorHeader.groupCode(group)) & DEFLATED) != 0;
    }

    private static void setDeflated(MemorySegment block, int group, boolean deflated) {
        long at = FactorHeader.groupCode(group);
        int code = block.get(WORD16, at) & ~DEFLATED;
        block.set(WORD16, at, (short) (deflated ? code | DEFLATED : code));
    }

    /** The header, and perhaps more, as a plain block has it. */
    private static MemorySegment withoutFlags(MemorySegment in, int rows, int columns) {
        // A rank beyond this is refused when the header is read, which it must be long enough for.
        long most = FactorHeader.mostBytes(Math.min(rows, columns), FactorHeader.groups(in));
        long bytes = Math.min(in.byteSize(), most);
        MemorySegment head = MemorySegment.ofArray(in.asSlice(0, bytes).toArray(JAVA_BYTE));
        for (int g = 0; g < FactorHeader.groups(in); g++) {
            setDeflated(head, g, false);
        }
        return head;
    }

    private Inflated inflate(MemorySegment in, MemorySegment head, Arena arena) {
        List<GroupRuns> groups = groups();
        GroupRuns last = groups.getLast();
        MemorySegment block = arena.allocate(last.at() + last.byteSize());
        long from = header.headerBytes();
        MemorySegment.copy(head, 0, block, 0, from);
        for (int g = 0; g < groups.size(); g++) {
            GroupRuns runs = groups.get(g);
            if (!isDeflated(in, g)) {
                from += runs.readPlain(in, from, block, where);
                continue;
            }
            if (!runs.hasCodes()) {
                throw malformed(
                        where, FactorHeader.groupCode(g), "a group of f16 values has no codes");
            }
            for (List<Side> sides : runs.streams()) {
                from += runs.inflate(sides, in, from, block, where);
            }
            from += runs.readHalves(in, from, block, where);
        }
        return new Inflated(block, from);
    }

    private List<GroupRuns> groups() {
        List<GroupRuns> groups = new ArrayList<>();
        long at = header.headerBytes();
        int first = 0;
        for (BitGroup group : header.groups()) {
            GroupRuns runs = GroupRuns.of(header, key, first, group, at);
            groups.add(runs);
            at += runs.byteSize();
            first += group.components();
        }
        return groups;
    }

    private static MalformedFileException malformed(String where, long at, String message) {
        return new MalformedFileException("%s: byte %d: %s".formatted(where, at, message));
    }
}
