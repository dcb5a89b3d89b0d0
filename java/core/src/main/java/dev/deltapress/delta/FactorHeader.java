package dev.deltapress.delta;

import static dev.deltapress.tensor.Floats.FLOAT32;
import static dev.deltapress.tensor.Floats.WORD16;
import static dev.deltapress.tensor.Floats.WORD32;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.deltapress.MalformedFileException;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What precedes the values of a factor block (docs/format.md, section 5). */
final class FactorHeader {
    static final int FIXED_BYTES = 8;

    private static final int GROUPS = 8;
    private static final int TABLE = 9;
    private static final int RESERVED = 10;
    private static final int FIRST_GROUP = 12;
    private static final int GROUP_BYTES = 8;
    private static final int GROUP_CODE = 6;

    /** Tables of components: multipliers of f32, of f16, of f16 without thresholds. */
    private static final int WIDE = 0;

    private static final int COMPACT = 1;
    private static final int COMPACT_KEEPING_ALL = 2;

    /** Bits of V where they are not those of U. */
    private static final int V_BITS_SHIFT = 8;

    private static final long MAX_WORD = 0xFFFFFFFFL;

    private final MemorySegment block;
    private final String where;

    private FactorHeader(MemorySegment block, String where) {
        this.block = block;
        this.where = where;
    }

    static boolean keepAll(long[] thresholds) {
        return Arrays.stream(thresholds).allMatch(threshold -> threshold == MaskKey.KEEP_ALL);
    }

    /** How many groups a block says to have, of those that lie within its bytes. */
    static int groups(MemorySegment block) {
        if (block.byteSize() < FIRST_GROUP || block.get(WORD32, 0) == 0) {
            return 0;
        }
        int count = block.get(JAVA_BYTE, GROUPS) & 0xFF;
        return (int) Math.min(count, (block.byteSize() - FIRST_GROUP) / GROUP_BYTES);
    }

    /** The most bytes of a header with so many components and groups. */
    static long mostBytes(int rank, int groups) {
        return byteSize(rank, groups, componentBytes(/* compact= */ false, /* keepAll= */ false));
    }

    /** Byte of a group's code. */
    static long groupCode(int group) {
        return FIRST_GROUP + (long) GROUP_BYTES * group + GROUP_CODE;
    }

    /** Bytes of a header with a rank of 1 or more. */
    static long byteSize(int rank, int groups, int componentBytes) {
        return FIRST_GROUP + (long) GROUP_BYTES * groups + (long) componentBytes * rank;
    }

    static int componentBytes(boolean compact, boolean keepAll) {
        if (!compact) {
            return Float.BYTES + Integer.BYTES;
        }
        return keepAll ? Short.BYTES : Short.BYTES + Integer.BYTES;
    }

    static long write(FactorBlock header, MemorySegment out) {
        out.set(WORD32, 0, header.rank());
        out.set(FLOAT32, 4, header.gain());
        if (header.rank() == 0) {
            return FIXED_BYTES;
        }
        boolean keepAll = header.compact() && keepAll(header.thresholds());
        int table = header.compact() ? keepAll ? COMPACT_KEEPING_ALL : COMPACT : WIDE;
        out.set(JAVA_BYTE, GROUPS, (byte) header.groups().size());
        out.set(JAVA_BYTE, TABLE, (byte) table);
        out.set(WORD16, RESERVED, (short) 0);
        long at = FIRST_GROUP;
        for (BitGroup group : header.groups()) {
            int vBits = group.vBits() == group.uBits() ? 0 : group.vBits();
            out.set(WORD32, at, group.components());
            out.set(WORD16, at + 4, (short) (group.uBits() | vBits << V_BITS_SHIFT));
            out.set(WORD16, at + GROUP_CODE, (short) group.grid().code());
            at += GROUP_BYTES;
        }
        for (float value : header.s()) {
            if (header.compact()) {
                out.set(WORD16, at, Float.floatToFloat16(value));
                at += Short.BYTES;
            } else {
                out.set(FLOAT32, at, value);
                at += Float.BYTES;
            }
        }
        if (!keepAll) {
            for (long threshold : header.thresholds()) {
                out.set(WORD32, at, (int) (threshold - 1));
                at += Integer.BYTES;
            }
        }
        return at;
    }

    static FactorBlock read(MemorySegment block, int rows, int columns, String where) {
        return new FactorHeader(block, where).read(rows, columns);
    }

    private FactorBlock read(int rows, int columns) {
        require(block.byteSize() >= FIXED_BYTES, 0, "a factor block is at least 8 bytes");
        long rank = block.get(WORD32, 0) & MAX_WORD;
        require(
                rank <= Math.min(rows, columns),
                0,
                "rank %d of a %d x %d matrix".formatted(rank, rows, columns));
        float gain = block.get(FLOAT32, 4);
        require(Float.isFinite(gain), 4, "gain must be finite, found " + gain);
        if (rank == 0) {
            return new FactorBlock(rows, columns, gain, new float[0], new long[0]);
        }
        return readComponents(rows, columns, gain, (int) rank);
    }

    private FactorBlock readComponents(int rows, int columns, float gain, int rank) {
        requireBytes(FIRST_GROUP, rank);
        int count = block.get(JAVA_BYTE, GROUPS) & 0xFF;
        int table = block.get(JAVA_BYTE, TABLE) & 0xFF;
        int reserved = block.get(WORD16, RESERVED) & 0xFFFF;
        if (table > COMPACT_KEEPING_ALL || reserved != 0) {
            throw newer(TABLE, "table %d, reserved %d".formatted(table, reserved));
        }
        require(
                count >= 1 && count <= Math.min(rank, BitGroup.MOST),
                GROUPS,
                "%d groups of %d components".formatted(count, rank));
        boolean compact = table != WIDE;
        boolean keepAll = table == COMPACT_KEEPING_ALL;
        int componentBytes = componentBytes(compact, keepAll);
        requireBytes(byteSize(rank, count, componentBytes), rank);
        List<BitGroup> groups = readGroups(count, rank, compact);
        long at = FIRST_GROUP + (long) GROUP_BYTES * count;
        float[] s = compact ? readHalves(at, rank) : readSingularValues(at, rank);
        long[] thresholds = new long[rank];
        if (keepAll) {
            Arrays.fill(thresholds, MaskKey.KEEP_ALL);
        } else {
            at += (long) (componentBytes - Integer.BYTES) * rank;
            for (int c = 0; c < rank; c++, at += Integer.BYTES) {
                thresholds[c] = (block.get(WORD32, at) & MAX_WORD) + 1;
            }
            require(
                    !compact || !keepAll(thresholds),
                    TABLE,
                    "table 1, but every entry is kept: 2 expected");
        }
        return new FactorBlock(rows, columns, gain, s, thresholds, groups, compact);
    }

    private List<BitGroup> readGroups(int count, int rank, boolean compact) {
        List<BitGroup> groups = new ArrayList<>();
        long components = 0;
        for (int g = 0; g < count; g++) {
            long at = FIRST_GROUP + (long) GROUP_BYTES * g;
            long length = block.get(WORD32, at) & MAX_WORD;
            components += length;
            require(
                    length > 0 && components <= rank,
                    at,
                    "groups of %d components, rank %d".formatted(components, rank));
            groups.add(readGroup(at, (int) length, compact));
        }
        require(
                components == rank,
                FIRST_GROUP,
                "groups of %d components, rank %d".formatted(components, rank));
        return groups;
    }

    private BitGroup readGroup(long at, int components, boolean compact) {
        int bits = block.get(WORD16, at + 4) & 0xFFFF;
        int code = block.get(WORD16, at + GROUP_CODE) & 0xFFFF;
        int uBits = bits & 0xFF;
        int stored = bits >> V_BITS_SHIFT;
        int vBits = stored == 0 ? uBits : stored;
        Grid grid = Grid.ofCode(code);
        if (grid == null || !grid.hasBits(uBits, vBits)) {
            throw newer(
                    at + 4, "a group of %d and %d bits in code %d".formatted(uBits, vBits, code));
        }
        require(stored != uBits, at + 5, "bits of V are those of U: 0 expected");
        require(compact || grid == Grid.HALF, at + 6, "codes of bits with table 0");
        return new BitGroup(components, grid, uBits, vBits);
    }

    private float[] readSingularValues(long first, int rank) {
        float[] s = new float[rank];
        for (int c = 0; c < rank; c++) {
            long at = first + (long) Float.BYTES * c;
            s[c] = block.get(FLOAT32, at);
            require(s[c] >= 0 && Float.isFinite(s[c]), at, "singular value " + s[c]);
        }
        return s;
    }

    private float[] readHalves(long first, int rank) {
        float[] s = new float[rank];
        for (int c = 0; c < rank; c++) {
            long at = first + (long) Short.BYTES * c;
            s[c] = Float.float16ToFloat(block.get(WORD16, at));
            boolean normal = Math.abs(s[c]) >= FactorBlock.LEAST_HALF;
            require(Float.isFinite(s[c]) && (normal || s[c] == 0), at, "multiplier " + s[c]);
        }
        return s;
    }

    private void requireBytes(long bytes, int rank) {
        require(
                block.byteSize() >= bytes,
                block.byteSize(),
                "the header of %d components is cut".formatted(rank));
    }

    private MalformedFileException newer(long at, String what) {
        return new MalformedFileException(
                "%s: byte %d: %s: written by a newer version".formatted(where, at, what));
    }

    private void require(boolean holds, long at, String message) {
        if (!holds) {
            throw new MalformedFileException("%s: byte %d: %s".formatted(where, at, message));
        }
    }
}
