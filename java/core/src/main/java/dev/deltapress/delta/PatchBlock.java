package dev.deltapress.delta;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.deltapress.MalformedFileException;
import dev.deltapress.linalg.Matrix;
import dev.deltapress.tensor.Floats;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A delta in square patches of cosine coefficients, each with a width of its own (docs/format.md,
 * section 10).
 */
public final class PatchBlock implements ElementBlock {
    private static final int SIDE = 0;
    private static final int WIDTHS = 1;
    private static final int GRID = 2;
    private static final int FLAGS = 3;
    private static final int UNIT = 4;
    private static final int TABLE = 8;
    private static final int MEANS = 1;
    private static final int OFFSETS = 2;

    private final PatchLayout layout;
    private final float unit;
    private final byte[] tags;
    private final MemorySegment block;

    /** First scalar of each row of patches, counted from that of the block. */
    private final long[] scalarsBefore;

    /** First byte of codes of each row of patches, counted from that of the block. */
    private final long[] codesBefore;

    private PatchBlock(PatchLayout layout, float unit, byte[] tags, MemorySegment block) {
        this.layout = layout;
        this.unit = unit;
        this.tags = tags;
        this.block = block;
        this.scalarsBefore = new long[layout.down() + 1];
        this.codesBefore = new long[layout.down() + 1];
        for (int i = 0; i < layout.down(); i++) {
            scalarsBefore[i + 1] = scalarsBefore[i];
            codesBefore[i + 1] = codesBefore[i];
            for (int j = 0; j < layout.across(); j++) {
                int tag = tags[i * layout.across() + j];
                scalarsBefore[i + 1] += layout.scalars(tag);
                codesBefore[i + 1] += layout.codeBytes(tag);
            }
        }
    }

    /**
     * Codes a delta.
     *
     * @param tags which width each patch has, row by row
     * @return the block, in memory of the garbage-collected heap
     */
    public static MemorySegment encode(Matrix values, PatchLayout layout, byte[] tags) {
        long bytes = layout.byteSize(layout.counts(tags));
        MemorySegment out = MemorySegment.ofArray(new byte[Math.toIntExact(bytes)]);
        PatchQuantiser quantiser = new PatchQuantiser(values, layout, tags);
        out.set(JAVA_BYTE, SIDE, (byte) Integer.numberOfTrailingZeros(layout.side()));
        out.set(JAVA_BYTE, WIDTHS, (byte) layout.widths().size());
        out.set(JAVA_BYTE, GRID, (byte) layout.grid().code());
        int flags = (layout.means() ? MEANS : 0) | (layout.offsets() ? OFFSETS : 0);
        out.set(JAVA_BYTE, FLAGS, (byte) flags);
        out.set(Floats.FLOAT32, UNIT, quantiser.unit());
        for (int tag = 0; tag < layout.widths().size(); tag++) {
            out.set(JAVA_BYTE, TABLE + tag, layout.widths().get(tag).byteValue());
        }
        if (layout.tagBits() > 0) {
            long at = (long) TABLE + layout.widths().size();
            CodeStream.pack(tags, tags.length, layout.tagBits(), out, at);
        }
        quantiser.write(out, layout.headerBytes());
        return out;
    }

    /**
     * Reads and checks a block.
     *
     * @throws MalformedFileException naming the byte if it breaks a rule
     * @see ElementBlock#read
     */
    static PatchBlock read(MemorySegment block, int rows, int columns, String where) {
        require(block.byteSize() >= TABLE, where, block.byteSize(), "the block ends in its header");
        int side = block.get(JAVA_BYTE, SIDE);
        require(side >= 2 && side <= 6, where, SIDE, "patches of side 2^" + side);
        int count = block.get(JAVA_BYTE, WIDTHS);
        require(
                count >= 1 && count <= PatchLayout.MOST_WIDTHS,
                where,
                WIDTHS,
                count + " widths, expected 1 to 4");
        Grid grid = Grid.ofCode(block.get(JAVA_BYTE, GRID));
        int flags = block.get(JAVA_BYTE, FLAGS);
        if (grid == null || grid == Grid.HALF || (flags & ~(MEANS | OFFSETS)) != 0) {
            throw malformed(where, GRID, "another grid or flag: written by a newer version");
        }
        float unit = block.get(Floats.FLOAT32, UNIT);
        require(unit > 0 && unit < Float.POSITIVE_INFINITY, where, UNIT, "unit " + unit);
        require(
                block.byteSize() >= TABLE + count,
                where,
                block.byteSize(),
                "the block ends in its widths");
        List<Integer> widths = new ArrayList<>();
        for (int tag = 0; tag < count; tag++) {
            int bits = block.get(JAVA_BYTE, TABLE + tag);
            boolean known = bits == 0 || PatchLayout.has(grid, bits);
            require(known, where, TABLE + tag, grid + " codes of " + bits + " bits");
            widths.add(bits);
        }
        boolean means = (flags & MEANS) != 0;
        boolean offsets = (flags & OFFSETS) != 0;
        PatchLayout layout =
                new PatchLayout(rows, columns, 1 << side, grid, means, offsets, widths);
        return new PatchBlock(layout, unit, tags(layout, block, where), block);
    }

    private static byte[] tags(PatchLayout layout, MemorySegment block, String where) {
        long at = (long) TABLE + layout.widths().size();
        long header = layout.headerBytes();
        require(
                block.byteSize() >= header,
                where,
                block.byteSize(),
                "tags of %d patches end at byte %d".formatted(layout.patches(), header));
        byte[] tags = new byte[layout.patches()];
        int bits = layout.tagBits();
        if (bits > 0) {
            CodeStream.unpack(block, at, tags.length, bits, tags);
            int used = (int) ((long) tags.length * bits % Byte.SIZE);
            int last = header > at ? block.get(JAVA_BYTE, header - 1) & 0xFF : 0;
            require(
                    used == 0 || last >> used == 0,
                    where,
                    header - 1,
                    "unused bits behind the tags are not 0");
        }
        for (int patch = 0; patch < tags.length; patch++) {
            require(
                    tags[patch] < layout.widths().size(),
                    where,
                    at + (long) patch * bits / Byte.SIZE,
                    "patch %d has tag %d of %d"
                            .formatted(patch, tags[patch], layout.widths().size()));
        }
        long bytes = layout.byteSize(layout.counts(tags));
        require(
                block.byteSize() >= bytes,
                where,
                block.byteSize(),
                "a block of %d bytes, found %d".formatted(bytes, block.byteSize()));
        return tags;
    }

    @Override
    public long byteSize() {
        return layout.byteSize(layout.counts(tags));
    }

    @Override
    public void decode(int from, int to, MemorySegment out) {
        int side = layout.side();
        PatchDecoder decoder = new PatchDecoder(layout, unit, block, tags);
        long scalars = layout.headerBytes();
        long codes = scalars + Short.BYTES * scalarsBefore[layout.down()];
        for (int i = from / side; i < Math.ceilDiv(to, side); i++) {
            decoder.seek(scalars + Short.BYTES * scalarsBefore[i], codes + codesBefore[i]);
            decoder.decodeRow(i, from, to, out);
        }
    }

    private static void require(boolean holds, String where, long at, String message) {
        if (!holds) {
            throw malformed(where, at, message);
        }
    }

    private static MalformedFileException malformed(String where, long at, String message) {
        return new MalformedFileException("%s: byte %d: %s".formatted(where, at, message));
    }
}
