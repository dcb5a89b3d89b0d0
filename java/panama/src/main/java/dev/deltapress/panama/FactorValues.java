package dev.deltapress.panama;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.deltapress.delta.BitGroup;
import dev.deltapress.delta.CodeStream;
import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.delta.MaskKey.Side;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/** The masks of a factor block of rank 1 or more, and where its values lie. */
public final class FactorValues {
    private final Scratch scratch;
    private final FactorBlock block;
    private final int rank;
    private final MemorySegment thresholds;
    private final GridTables tables;
    private final DrawnSide u;
    private final DrawnSide v;
    private final long end;

    /**
     * Draws the masks.
     *
     * @param scratch owns them
     */
    public FactorValues(Scratch scratch, FactorBlock block, MaskKey key) {
        this.scratch = scratch;
        this.block = block;
        this.rank = block.rank();
        this.tables = new GridTables(scratch);
        MemorySegment stored = scratch.host().allocate(JAVA_INT, rank);
        for (int c = 0; c < rank; c++) {
            stored.setAtIndex(JAVA_INT, c, (int) (block.thresholds()[c] - 1));
        }
        this.thresholds = scratch.upload(stored);
        this.u = DrawnSide.draw(scratch, MaskBlock.of(key, Side.U, rank, block.rows()), thresholds);
        this.v =
                DrawnSide.draw(
                        scratch, MaskBlock.of(key, Side.V, rank, block.columns()), thresholds);
        this.end = place();
    }

    /** Lays values one after the other, component by component, U's first. */
    private long place() {
        long at = block.headerBytes();
        int c = 0;
        for (BitGroup group : block.groups()) {
            for (int end = c + group.components(); c < end; c++) {
                u.offsets()[c] = at;
                at += CodeStream.byteSize(u.survivors()[c], group.uBits());
                v.offsets()[c] = at;
                at += CodeStream.byteSize(v.survivors()[c], group.vBits());
            }
        }
        return at;
    }

    /** Bytes of the block, header included. */
    public long end() {
        return end;
    }

    /**
     * Checks that a block holds all values and nothing else, and that its unused bits are 0.
     *
     * @param packed the block, in memory of the host
     * @throws dev.deltapress.MalformedFileException naming the first component that does not
     */
    public void require(MemorySegment packed, String where) {
        int c = 0;
        for (BitGroup group : block.groups()) {
            for (int end = c + group.components(); c < end; c++) {
                for (DrawnSide side : List.of(u, v)) {
                    FactorBlock.requireValues(
                            packed,
                            side.offsets()[c],
                            side.survivors()[c],
                            group.bits(side.mask().side()),
                            c,
                            where);
                }
            }
        }
        FactorBlock.requireEnd(packed.byteSize(), end, where);
    }

    /**
     * Writes the values of both factors into a whole block, but for its header.
     *
     * @param ut rank x rows floats of the device
     * @param vt rank x columns floats of the device
     * @param packed {@link #end} bytes of the device
     * @return the header that belongs to the values
     */
    public FactorBlock pack(MemorySegment ut, MemorySegment vt, MemorySegment packed) {
        return block.scaled(pack(u, ut, packed), pack(v, vt, packed));
    }

    private float[] pack(DrawnSide drawn, MemorySegment factor, MemorySegment packed) {
        float[] scales = new float[rank];
        Arrays.fill(scales, 1);
        GroupScales search = new GroupScales(scratch, tables, drawn, factor);
        int first = 0;
        for (BitGroup group : block.groups()) {
            if (group.isCoded(drawn.mask().side())) {
                float[] found = search.find(group, first);
                System.arraycopy(found, 0, scales, first, found.length);
            }
            first += group.components();
        }
        MemorySegment uploaded = scratch.uploadFloats(scales);
        MemorySegment offsets = drawn.uploadOffsets(scratch);
        first = 0;
        for (BitGroup group : block.groups()) {
            pack(drawn, group, first, factor, uploaded, offsets, packed);
            first += group.components();
        }
        return scales;
    }

    private void pack(
            DrawnSide drawn,
            BitGroup group,
            int first,
            MemorySegment factor,
            MemorySegment scales,
            MemorySegment offsets,
            MemorySegment packed) {
        int bits = group.bits(drawn.mask().side());
        scratch.library()
                .packValues(
                        scratch.stream(),
                        group.components(),
                        drawn.mask().entries(),
                        values(group, bits),
                        1,
                        drawn.wordsFrom(first),
                        drawn.ranksFrom(first),
                        drawn.factorFrom(factor, first),
                        drawn.mask().entries(),
                        from(scales, (long) first * Float.BYTES),
                        tables.boundaries(group.grid()),
                        from(offsets, (long) first * Long.BYTES),
                        packed,
                        end);
    }

    private MemorySegment values(BitGroup group, int bits) {
        return ValueGroup.write(scratch.host(), List.of(new ValueGroup(group.components(), bits)));
    }

    /**
     * Reads the values of both factors out of a whole block, U's times s and gain.
     *
     * @param packed {@link #end} bytes of the device
     */
    public void unpack(MemorySegment packed, MemorySegment ut, MemorySegment vt) {
        MemorySegment gains = scratch.host().allocate(JAVA_DOUBLE, rank);
        for (int c = 0; c < rank; c++) {
            gains.setAtIndex(JAVA_DOUBLE, c, block.multiplier(c));
        }
        float[] ones = new float[rank];
        Arrays.fill(ones, 1);
        MemorySegment scales = scratch.uploadFloats(ones);
        unpack(u, packed, scales, scratch.upload(gains), ut);
        unpack(v, packed, scales, MemorySegment.NULL, vt);
    }

    private void unpack(
            DrawnSide drawn,
            MemorySegment packed,
            MemorySegment scales,
            MemorySegment gains,
            MemorySegment factor) {
        MemorySegment offsets = drawn.uploadOffsets(scratch);
        int first = 0;
        for (BitGroup group : block.groups()) {
            scratch.library()
                    .unpackValues(
                            scratch.stream(),
                            group.components(),
                            drawn.mask().entries(),
                            values(group, group.bits(drawn.mask().side())),
                            1,
                            drawn.wordsFrom(first),
                            drawn.ranksFrom(first),
                            packed,
                            end,
                            from(offsets, (long) first * Long.BYTES),
                            from(scales, (long) first * Float.BYTES),
                            tables.levels(group.grid()),
                            from(thresholds, (long) first * Integer.BYTES),
                            from(gains, (long) first * Double.BYTES),
                            drawn.factorFrom(factor, first),
                            drawn.mask().entries());
            first += group.components();
        }
    }

    /**
     * The surviving entries of a factor as compressed sparse rows.
     *
     * @param factor of that side, on the device
     * @param transpose whether of its transpose
     * @param starts room for i32 where rows begin: one for each, and one more
     * @param indices room for an i32 for each survivor
     * @param values room for an f32 for each survivor
     */
    public void sparseRows(
            Side side,
            MemorySegment factor,
            boolean transpose,
            MemorySegment starts,
            MemorySegment indices,
            MemorySegment values) {
        DrawnSide drawn = side == Side.U ? u : v;
        scratch.library()
                .sparseRows(
                        scratch.stream(),
                        rank,
                        drawn.mask().entries(),
                        drawn.words(),
                        drawn.ranks(),
                        factor,
                        drawn.mask().entries(),
                        transpose ? 1 : 0,
                        starts,
                        indices,
                        values);
    }

    /** Memory of a device from a byte on; of null, null. */
    static MemorySegment from(MemorySegment memory, long byteOffset) {
        if (memory.equals(MemorySegment.NULL)) {
            return memory;
        }
        // What the host can see is of some length, and its arena must live on during the call.
        return memory.byteSize() > 0
                ? memory.asSlice(byteOffset)
                : MemorySegment.ofAddress(memory.address() + byteOffset);
    }
}
