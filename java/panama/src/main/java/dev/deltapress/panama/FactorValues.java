package dev.deltapress.panama;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.delta.MaskKey.Side;
import dev.deltapress.linalg.Matrix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** The masks of a factor block of rank 1 or more, and where its f16 values lie. */
final class FactorValues {
    private static final int HALF_BITS = 16;

    private final DeltaPressNative library;
    private final MemorySegment stream;
    private final Arena scratch;
    private final FactorBlock block;
    private final int rank;
    private final MemorySegment thresholds;
    private final MemorySegment group;
    private final Drawn u;
    private final Drawn v;
    private final long end;

    /** A factor's mask, and where its values begin. */
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
    FactorValues(
            DeltaPressNative library,
            MemorySegment stream,
            Arena scratch,
            FactorBlock block,
            MaskKey key) {
        this.library = library;
        this.stream = stream;
        this.scratch = scratch;
        this.block = block;
        this.rank = block.rank();
        this.thresholds = scratch.allocate(JAVA_INT, rank);
        for (int c = 0; c < rank; c++) {
            thresholds.setAtIndex(JAVA_INT, c, (int) (block.thresholds()[c] - 1));
        }
        this.group = ValueGroup.write(scratch, List.of(new ValueGroup(rank, HALF_BITS)));
        this.u = draw(MaskBlock.of(key, Side.U, rank, block.rows()));
        this.v = draw(MaskBlock.of(key, Side.V, rank, block.columns()));
        MemorySegment behind = scratch.allocate(JAVA_LONG);
        library.valueOffsets(
                stream,
                rank,
                group,
                1,
                u.survivors(),
                v.survivors(),
                FactorBlock.headerBytes(rank),
                u.offsets(),
                v.offsets(),
                behind);
        this.end = behind.get(JAVA_LONG, 0);
    }

    private Drawn draw(MaskBlock mask) {
        Drawn drawn =
                new Drawn(
                        mask.entries(),
                        scratch.allocate(JAVA_INT, rank * mask.words()),
                        scratch.allocate(JAVA_LONG, rank * mask.tiles()),
                        scratch.allocate(JAVA_LONG, rank),
                        scratch.allocate(JAVA_LONG, rank));
        library.maskDraw(
                stream,
                mask.write(scratch),
                thresholds,
                drawn.words(),
                drawn.ranks(),
                drawn.survivors());
        return drawn;
    }

    /** Bytes of the block, header included. */
    long end() {
        return end;
    }

    /**
     * Checks that all values lie within a block of that size.
     *
     * @throws dev.deltapress.MalformedFileException naming the first component that does not
     */
    void requireWithin(long byteSize, String where) {
        for (int c = 0; c < rank && end > byteSize; c++) {
            requireWithin(u, c, byteSize, where);
            requireWithin(v, c, byteSize, where);
        }
    }

    private static void requireWithin(Drawn drawn, int c, long byteSize, String where) {
        long at = drawn.offsets().getAtIndex(JAVA_LONG, c);
        long count = drawn.survivors().getAtIndex(JAVA_LONG, c);
        FactorBlock.requireValues(byteSize, at, count, c, where);
    }

    /** Writes the values of both factors into a whole block. */
    void pack(Matrix ut, Matrix vt, MemorySegment packed) {
        pack(u, ut, packed);
        pack(v, vt, packed);
    }

    private void pack(Drawn drawn, Matrix factor, MemorySegment packed) {
        library.packValues(
                stream,
                rank,
                drawn.entries(),
                group,
                1,
                drawn.words(),
                drawn.ranks(),
                factor.data(),
                factor.columns(),
                MemorySegment.NULL,
                MemorySegment.NULL,
                drawn.offsets(),
                packed,
                packed.byteSize());
    }

    /** Reads the values of both factors out of a whole block, U's times s and gain. */
    void unpack(MemorySegment packed, Matrix ut, Matrix vt) {
        MemorySegment gains = scratch.allocate(JAVA_DOUBLE, rank);
        for (int c = 0; c < rank; c++) {
            gains.setAtIndex(JAVA_DOUBLE, c, (double) block.s()[c] * block.gain());
        }
        unpack(u, packed, gains, ut);
        unpack(v, packed, MemorySegment.NULL, vt);
    }

    private void unpack(Drawn drawn, MemorySegment packed, MemorySegment gains, Matrix factor) {
        library.unpackValues(
                stream,
                rank,
                drawn.entries(),
                group,
                1,
                drawn.words(),
                drawn.ranks(),
                packed,
                packed.byteSize(),
                drawn.offsets(),
                MemorySegment.NULL,
                MemorySegment.NULL,
                thresholds,
                gains,
                factor.data(),
                factor.columns());
    }
}
