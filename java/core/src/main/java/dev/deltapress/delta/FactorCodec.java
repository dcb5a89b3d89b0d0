package dev.deltapress.delta;

import dev.deltapress.delta.MaskKey.Side;
import dev.deltapress.linalg.Matrix;

import java.lang.foreign.MemorySegment;

/** Writes and reads the values of a factor block in plain Java. For one thread. */
final class FactorCodec {
    private static final double TWO_32 = 0x1p32;

    private final FactorBlock block;
    private final MaskKey key;
    private final Survivors survivors;
    private final ComponentScale scale;

    FactorCodec(FactorBlock block, MaskKey key) {
        this.block = block;
        this.key = key;
        int entries = Math.max(block.rows(), block.columns());
        this.survivors = new Survivors(entries);
        this.scale = new ComponentScale(entries);
    }

    /** As {@link FactorBlock#pack}. */
    long pack(Matrix ut, Matrix vt, MemorySegment out) {
        float[] u = new float[block.rank()];
        float[] v = new float[block.rank()];
        long at = block.headerBytes();
        int c = 0;
        for (BitGroup group : block.groups()) {
            for (int end = c + group.components(); c < end; c++) {
                at += pack(group, Side.U, c, ut, u, out, at);
                at += pack(group, Side.V, c, vt, v, out, at);
            }
        }
        block.scaled(u, v).writeHeader(out);
        return at;
    }

    private long pack(
            BitGroup group,
            Side side,
            int c,
            Matrix factor,
            float[] scales,
            MemorySegment out,
            long at) {
        int[] draws = key.draws(side, c, factor.columns());
        long threshold = block.thresholds()[c];
        if (!group.isCoded(side)) {
            scales[c] = 1;
            return survivors.pack(factor, c, draws, threshold, out, at);
        }
        Codebook book = group.grid().codebook(group.bits(side));
        scales[c] = scale.find(group.grid(), book, factor, c, draws, threshold);
        return survivors.packCodes(factor, c, draws, threshold, book, scales[c], out, at);
    }

    /** As {@link FactorBlock#unpack}. */
    long unpack(MemorySegment packed, Matrix ut, Matrix vt, String where) {
        long at = block.headerBytes();
        int c = 0;
        for (BitGroup group : block.groups()) {
            for (int end = c + group.components(); c < end; c++) {
                at += unpack(group, Side.U, c, block.multiplier(c), packed, at, ut, where);
                at += unpack(group, Side.V, c, 1, packed, at, vt, where);
            }
        }
        return at;
    }

    private long unpack(
            BitGroup group,
            Side side,
            int c,
            double multiplier,
            MemorySegment packed,
            long at,
            Matrix factor,
            String where) {
        int[] draws = key.draws(side, c, factor.columns());
        long threshold = block.thresholds()[c];
        int count = (int) MaskKey.countSurvivors(draws, factor.columns(), threshold);
        int bits = group.bits(side);
        long bytes = FactorBlock.requireValues(packed, at, count, bits, c, where);
        double inverseKeep = TWO_32 / threshold;
        if (group.isCoded(side)) {
            Codebook book = group.grid().codebook(bits);
            survivors.readCodes(packed, at, count, book, inverseKeep, multiplier);
        } else {
            survivors.read(packed, at, count, inverseKeep, multiplier);
        }
        survivors.spread(draws, threshold, factor, c);
        return bytes;
    }
}
