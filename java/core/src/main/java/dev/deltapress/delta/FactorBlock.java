package dev.deltapress.delta;

import static dev.deltapress.tensor.Floats.FLOAT32;
import static dev.deltapress.tensor.Floats.WORD16;
import static dev.deltapress.tensor.Floats.WORD32;

import dev.deltapress.MalformedFileException;
import dev.deltapress.delta.MaskKey.Side;
import dev.deltapress.linalg.Matrix;

import java.lang.foreign.MemorySegment;

/**
 * A delta as thinned singular vectors, D = gain * U diag(s) V' (docs/format.md, section 5). Masks
 * are regenerated from the key, so the block holds only what survived.
 *
 * <p>Factors are held one component per row: U' is rank x rows, V' is rank x columns.
 *
 * @param gain factor on the whole delta, finite
 * @param s singular values, descending where a method gives them so; not negative
 * @param thresholds keep rates times 2^32, 1 to 2^32
 */
public record FactorBlock(int rows, int columns, float gain, float[] s, long[] thresholds) {
    private static final int FIXED_BYTES = 8;
    private static final int GROUPS_BYTES = 12;
    private static final int COMPONENT_BYTES = 8;
    private static final short HALF_BITS = 16;
    private static final short HALF_CODE = 1;
    private static final double TWO_32 = 0x1p32;

    public int rank() {
        return s.length;
    }

    /** Bytes before the values. */
    public static long headerBytes(int rank) {
        return rank == 0 ? FIXED_BYTES : FIXED_BYTES + GROUPS_BYTES + (long) COMPONENT_BYTES * rank;
    }

    /** Bytes of a block whose masks keep that many entries of U and V together. */
    public static long byteSize(int rank, long survivors) {
        return headerBytes(rank) + survivors * Short.BYTES;
    }

    /** Bytes of this block, by drawing its masks. */
    public long byteSize(MaskKey key) {
        return byteSize(rank(), survivors(Side.U, key) + survivors(Side.V, key));
    }

    /** How many entries of a factor its masks keep. */
    public long survivors(Side side, MaskKey key) {
        long survivors = 0;
        for (int c = 0; c < rank(); c++) {
            survivors += key.survivors(side, c, side == Side.U ? rows : columns, thresholds[c]);
        }
        return survivors;
    }

    /**
     * Writes the block.
     *
     * @param ut rank x rows
     * @param vt rank x columns
     * @param out starts where the block goes
     * @return bytes written
     */
    public long pack(Matrix ut, Matrix vt, MaskKey key, MemorySegment out) {
        long at = writeHeader(out);
        Survivors survivors = new Survivors(Math.max(rows, columns));
        for (int c = 0; c < rank(); c++) {
            int[] draws = key.draws(Side.U, c, rows);
            at += survivors.pack(ut, c, draws, thresholds[c], out, at);
            draws = key.draws(Side.V, c, columns);
            at += survivors.pack(vt, c, draws, thresholds[c], out, at);
        }
        return at;
    }

    /**
     * Writes everything before the values.
     *
     * @param out starts where the block goes
     * @return bytes written, {@link #headerBytes}
     */
    public long writeHeader(MemorySegment out) {
        out.set(WORD32, 0, rank());
        out.set(FLOAT32, 4, gain);
        if (rank() == 0) {
            return FIXED_BYTES;
        }
        out.set(WORD32, 8, 1);
        out.set(WORD32, 12, rank());
        out.set(WORD16, 16, HALF_BITS);
        out.set(WORD16, 18, HALF_CODE);
        long at = FIXED_BYTES + GROUPS_BYTES;
        for (float value : s) {
            out.set(FLOAT32, at, value);
            at += Float.BYTES;
        }
        for (long threshold : thresholds) {
            out.set(WORD32, at, (int) (threshold - 1));
            at += Integer.BYTES;
        }
        return at;
    }

    /**
     * Reads and checks everything before the values.
     *
     * @param block starts with the block; may go on after it
     * @param where names file and tensor in errors
     */
    public static FactorBlock readHeader(MemorySegment block, int rows, int columns, String where) {
        require(block.byteSize() >= FIXED_BYTES, where, 0, "a factor block is at least 8 bytes");
        long rank = block.get(WORD32, 0) & 0xFFFFFFFFL;
        require(
                rank <= Math.min(rows, columns),
                where,
                0,
                "rank %d of a %d x %d matrix".formatted(rank, rows, columns));
        float gain = block.get(FLOAT32, 4);
        require(Float.isFinite(gain), where, 4, "gain must be finite, found " + gain);
        float[] s = new float[(int) rank];
        long[] thresholds = new long[(int) rank];
        if (rank > 0) {
            readComponents(block, s, thresholds, where);
        }
        return new FactorBlock(rows, columns, gain, s, thresholds);
    }

    private static void readComponents(
            MemorySegment block, float[] s, long[] thresholds, String where) {
        int rank = s.length;
        require(
                block.byteSize() >= headerBytes(rank),
                where,
                block.byteSize(),
                "the header of %d components is cut".formatted(rank));
        int groups = block.get(WORD32, 8);
        int bits = block.get(WORD16, 16);
        int code = block.get(WORD16, 18);
        if (groups != 1 || bits != HALF_BITS || code != HALF_CODE) {
            throw new MalformedFileException(
                    "%s: byte 8: %d groups, first of %d bits in code %d: written by a newer version"
                            .formatted(where, groups, bits, code));
        }
        int components = block.get(WORD32, 12);
        require(
                components == rank,
                where,
                12,
                "groups of %d components, rank %d".formatted(components, rank));
        long at = FIXED_BYTES + GROUPS_BYTES;
        for (int c = 0; c < rank; c++, at += Float.BYTES) {
            s[c] = block.get(FLOAT32, at);
            require(s[c] >= 0 && Float.isFinite(s[c]), where, at, "singular value " + s[c]);
        }
        for (int c = 0; c < rank; c++, at += Integer.BYTES) {
            thresholds[c] = (block.get(WORD32, at) & 0xFFFFFFFFL) + 1;
        }
    }

    /**
     * Decodes the values of the block that this header was read from. Column c of U comes out times
     * s and gain, so that the delta is the plain product.
     *
     * @param block as given to {@link #readHeader}
     * @param ut rank x rows; receives U' diag(s) gain
     * @param vt rank x columns; receives V'
     * @return bytes of the whole block
     */
    public long unpack(MemorySegment block, MaskKey key, Matrix ut, Matrix vt, String where) {
        Survivors survivors = new Survivors(Math.max(rows, columns));
        long at = headerBytes(rank());
        for (int c = 0; c < rank(); c++) {
            double scale = (double) s[c] * gain;
            int[] draws = key.draws(Side.U, c, rows);
            at += unpackSurvivors(block, at, draws, c, scale, ut, survivors, where);
            draws = key.draws(Side.V, c, columns);
            at += unpackSurvivors(block, at, draws, c, 1, vt, survivors, where);
        }
        return at;
    }

    private long unpackSurvivors(
            MemorySegment block,
            long at,
            int[] draws,
            int c,
            double scale,
            Matrix factor,
            Survivors survivors,
            String where) {
        int count = (int) MaskKey.countSurvivors(draws, factor.columns(), thresholds[c]);
        requireValues(block.byteSize(), at, count, c, where);
        survivors.read(block, at, count, TWO_32 / thresholds[c], scale);
        survivors.spread(draws, thresholds[c], factor, c);
        return (long) count * Short.BYTES;
    }

    /**
     * Checks by drawing the masks that a block of that size holds their values and nothing else.
     *
     * @throws MalformedFileException naming the byte where it does not
     */
    public void requireValues(long byteSize, MaskKey key, String where) {
        long at = headerBytes(rank());
        for (int c = 0; c < rank(); c++) {
            for (Side side : Side.values()) {
                int entries = side == Side.U ? rows : columns;
                long count = key.survivors(side, c, entries, thresholds[c]);
                requireValues(byteSize, at, count, c, where);
                at += count * Short.BYTES;
            }
        }
        requireEnd(byteSize, at, where);
    }

    /**
     * Checks that values fit the block.
     *
     * @param byteSize of the block
     * @param at where they begin
     * @param count how many values component c has on one side
     */
    public static void requireValues(long byteSize, long at, long count, int c, String where) {
        long available = (byteSize - at) / Short.BYTES;
        if (count > available) {
            throw malformed(
                    where,
                    at + available * Short.BYTES,
                    "values end after %d of %d of component %d".formatted(available, count, c));
        }
    }

    /**
     * Checks that nothing follows the values.
     *
     * @param end where they end
     */
    public static void requireEnd(long byteSize, long end, String where) {
        require(
                end >= byteSize,
                where,
                end,
                "%d bytes follow the last value".formatted(byteSize - end));
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
