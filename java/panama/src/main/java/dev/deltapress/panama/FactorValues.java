package dev.deltapress.panama;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.delta.MaskKey.Side;

import java.lang.foreign.MemorySegment;
import java.util.List;

/** The masks of a factor block of rank 1 or more, and where its f16 values lie. */
public final class FactorValues {
    private static final int HALF_BITS = 16;

    private final Scratch scratch;
    private final FactorBlock block;
    private final int rank;
    private final MemorySegment thresholds;
    private final MemorySegment group;
    private final Drawn u;
    private final Drawn v;
    private final long end;

    /** A factor's mask, and where its values begin; in device memory. */
    private record Drawn(
            long entries,
            MemorySegment words,
            MemorySegment ranks,
            MemorySegment survivors,
            MemorySegment offsets) {}

    /**
     * Draws the masks.
     *
     * @param scratch owns them
     */
    public FactorValues(Scratch scratch, FactorBlock block, MaskKey key) {
        this.scratch = scratch;
        this.block = block;
        this.rank = block.rank();
        MemorySegment stored = scratch.host().allocate(JAVA_INT, rank);
        for (int c = 0; c < rank; c++) {
            stored.setAtIndex(JAVA_INT, c, (int) (block.thresholds()[c] - 1));
        }
        this.thresholds = scratch.upload(stored);
        this.group = ValueGroup.write(scratch.host(), List.of(new ValueGroup(rank, HALF_BITS)));
        this.u = draw(MaskBlock.of(key, Side.U, rank, block.rows()));
        this.v = draw(MaskBlock.of(key, Side.V, rank, block.columns()));
        MemorySegment behind = longs(1);
        scratch.library()
                .valueOffsets(
                        scratch.stream(),
                        rank,
                        group,
                        1,
                        u.survivors(),
                        v.survivors(),
                        FactorBlock.headerBytes(rank),
                        u.offsets(),
                        v.offsets(),
                        behind);
        this.end = scratch.read(behind);
    }

    private Drawn draw(MaskBlock mask) {
        Drawn drawn =
                new Drawn(
                        mask.entries(),
                        scratch.allocate(rank * mask.words() * Integer.BYTES),
                        longs(rank * mask.tiles()),
                        longs(rank),
                        longs(rank));
        scratch.library()
                .maskDraw(
                        scratch.stream(),
                        mask.write(scratch.host()),
                        thresholds,
                        drawn.words(),
                        drawn.ranks(),
                        drawn.survivors());
        return drawn;
    }

    private MemorySegment longs(long count) {
        return scratch.allocate(count * Long.BYTES);
    }

    /** Bytes of the block, header included. */
    public long end() {
        return end;
    }

    /**
     * Checks that a block of that size holds all values and nothing else.
     *
     * @throws dev.deltapress.MalformedFileException naming the first component that does not fit
     */
    public void requireWithin(long byteSize, String where) {
        if (end <= byteSize) {
            FactorBlock.requireEnd(byteSize, end, where);
            return;
        }
        Drawn[] factors = {u, v};
        MemorySegment[] offsets = {onHost(u.offsets()), onHost(v.offsets())};
        MemorySegment[] survivors = {onHost(u.survivors()), onHost(v.survivors())};
        for (int c = 0; c < rank; c++) {
            for (int side = 0; side < factors.length; side++) {
                long at = offsets[side].getAtIndex(JAVA_LONG, c);
                long count = survivors[side].getAtIndex(JAVA_LONG, c);
                FactorBlock.requireValues(byteSize, at, count, c, where);
            }
        }
    }

    private MemorySegment onHost(MemorySegment numbers) {
        MemorySegment host = scratch.host().allocate(JAVA_LONG, rank);
        scratch.download(numbers, host);
        return host;
    }

    /**
     * Writes the values of both factors into a whole block, but for its header.
     *
     * @param ut rank x rows floats of the device
     * @param vt rank x columns floats of the device
     * @param packed {@link #end} bytes of the device
     */
    public void pack(MemorySegment ut, MemorySegment vt, MemorySegment packed) {
        pack(u, ut, packed);
        pack(v, vt, packed);
    }

    private void pack(Drawn drawn, MemorySegment factor, MemorySegment packed) {
        scratch.library()
                .packValues(
                        scratch.stream(),
                        rank,
                        drawn.entries(),
                        group,
                        1,
                        drawn.words(),
                        drawn.ranks(),
                        factor,
                        drawn.entries(),
                        MemorySegment.NULL,
                        MemorySegment.NULL,
                        drawn.offsets(),
                        packed,
                        end);
    }

    /**
     * Reads the values of both factors out of a whole block, U's times s and gain.
     *
     * @param packed {@link #end} bytes of the device
     */
    public void unpack(MemorySegment packed, MemorySegment ut, MemorySegment vt) {
        MemorySegment gains = scratch.host().allocate(JAVA_DOUBLE, rank);
        for (int c = 0; c < rank; c++) {
            gains.setAtIndex(JAVA_DOUBLE, c, (double) block.s()[c] * block.gain());
        }
        unpack(u, packed, scratch.upload(gains), ut);
        unpack(v, packed, MemorySegment.NULL, vt);
    }

    private void unpack(
            Drawn drawn, MemorySegment packed, MemorySegment gains, MemorySegment factor) {
        scratch.library()
                .unpackValues(
                        scratch.stream(),
                        rank,
                        drawn.entries(),
                        group,
                        1,
                        drawn.words(),
                        drawn.ranks(),
                        packed,
                        end,
                        drawn.offsets(),
                        MemorySegment.NULL,
                        MemorySegment.NULL,
                        thresholds,
                        gains,
                        factor,
                        drawn.entries());
    }
}
