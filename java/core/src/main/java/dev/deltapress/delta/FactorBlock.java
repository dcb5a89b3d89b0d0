package dev.deltapress.delta;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.deltapress.MalformedFileException;
import dev.deltapress.delta.MaskKey.Side;
import dev.deltapress.linalg.Matrix;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * A delta as thinned singular vectors, D = gain * U diag(s) V' (docs/format.md, section 5). Masks
 * are regenerated from the key, so the block holds only what survived.
 *
 * <p>Factors are held one component per row: U' is rank x rows, V' is rank x columns.
 *
 * <p>Where values are codes, U and V of a packed block are the levels of these codes: the scales
 * that packing finds go into s. So s of a block that is to be packed belongs to the factors, and s
 * of one that was read belongs to its levels.
 *
 * @param gain factor on the whole delta, finite
 * @param s multipliers of components: singular values, descending where a method gives them so; not
 *     negative where they are stored as f32
 * @param thresholds keep rates times 2^32, 1 to 2^32
 * @param groups how values are stored, by component; of rank components together, none of rank 0
 * @param compact whether s is stored as f16, and thresholds only where not every entry is kept;
 *     needed for codes
 */
public record FactorBlock(
        int rows,
        int columns,
        float gain,
        float[] s,
        long[] thresholds,
        List<BitGroup> groups,
        boolean compact) {
    /** The least normal f16: smaller multipliers are stored as 0. */
    public static final float LEAST_HALF = 0x1p-14f;

    /** Exponent of the largest multiplier in a compact table, in units of the gain. */
    private static final int TOP_EXPONENT = 14;

    /**
     * @throws IllegalArgumentException if groups do not fit the rank or the table
     */
    public FactorBlock {
        groups = List.copyOf(groups);
        long components = groups.stream().mapToLong(BitGroup::components).sum();
        if (components != s.length || groups.size() > BitGroup.MOST) {
            throw new IllegalArgumentException(
                    "%d groups of %d components for rank %d"
                            .formatted(groups.size(), components, s.length));
        }
        if (!compact && !groups.stream().allMatch(group -> group.grid() == Grid.HALF)) {
            throw new IllegalArgumentException("codes need a compact table");
        }
    }

    /** A block of f16 values with multipliers of f32. */
    public FactorBlock(int rows, int columns, float gain, float[] s, long[] thresholds) {
        this(rows, columns, gain, s, thresholds, halves(s.length), /* compact= */ false);
    }

    private static List<BitGroup> halves(int rank) {
        return rank == 0 ? List.of() : List.of(BitGroup.half(rank));
    }

    public int rank() {
        return s.length;
    }

    /** Bytes before the values of a block of f16 values with multipliers of f32. */
    public static long headerBytes(int rank) {
        return headerBytes(rank, 1, /* compact= */ false, /* keepAll= */ false);
    }

    /**
     * Bytes before the values.
     *
     * @param keepAll whether all thresholds keep everything
     */
    public static long headerBytes(int rank, int groups, boolean compact, boolean keepAll) {
        if (rank == 0) {
            return FactorHeader.FIXED_BYTES;
        }
        int componentBytes = FactorHeader.componentBytes(compact, keepAll);
        return FactorHeader.byteSize(rank, groups, componentBytes);
    }

    /** Bytes before the values of this block. */
    public long headerBytes() {
        return headerBytes(rank(), groups.size(), compact, FactorHeader.keepAll(thresholds));
    }

    /** Bytes of a block of f16 values whose masks keep that many entries of U and V together. */
    public static long byteSize(int rank, long survivors) {
        return headerBytes(rank) + survivors * Short.BYTES;
    }

    /** Bytes of this block, by drawing its masks. */
    public long byteSize(MaskKey key) {
        long bytes = headerBytes();
        int c = 0;
        for (BitGroup group : groups) {
            for (int end = c + group.components(); c < end; c++) {
                long u = key.survivors(Side.U, c, rows, thresholds[c]);
                long v = key.survivors(Side.V, c, columns, thresholds[c]);
                bytes += CodeStream.byteSize(u, group.uBits());
                bytes += CodeStream.byteSize(v, group.vBits());
            }
        }
        return bytes;
    }

    /** How many entries of a factor its masks keep. */
    public long survivors(Side side, MaskKey key) {
        long survivors = 0;
        for (int c = 0; c < rank(); c++) {
            survivors += key.survivors(side, c, side == Side.U ? rows : columns, thresholds[c]);
        }
        return survivors;
    }

    /** What the product of component c's columns of U and V is multiplied by. */
    public double multiplier(int c) {
        return (double) s[c] * gain;
    }

    /**
     * This block with other multipliers, any finite numbers: D = U diag(multipliers) V'. In a
     * compact table they are rounded to f16 in units of the gain, which becomes the power of two
     * that brings the largest to 2^14 or more; those below 2^-14 units become 0.
     *
     * @throws IllegalArgumentException if one is too large
     */
    public FactorBlock withMultipliers(double[] multipliers) {
        double largest = Arrays.stream(multipliers).map(Math::abs).max().orElse(0);
        float unit = compact ? unit(largest) : 1;
        float[] stored = new float[multipliers.length];
        for (int c = 0; c < stored.length; c++) {
            stored[c] = (float) (multipliers[c] / unit);
            if (compact) {
                float half = Float.float16ToFloat(Float.floatToFloat16(stored[c]));
                stored[c] = Math.abs(half) < LEAST_HALF ? 0 : half;
            }
            if (!Float.isFinite(stored[c])) {
                throw new IllegalArgumentException(
                        "multiplier %s of component %d".formatted(multipliers[c], c));
            }
        }
        return new FactorBlock(rows, columns, unit, stored, thresholds, groups, compact);
    }

    /** The header with which the same values decode as they are, with no multipliers. */
    public FactorBlock withoutMultipliers() {
        float[] ones = new float[rank()];
        Arrays.fill(ones, 1);
        return new FactorBlock(rows, columns, 1, ones, thresholds, groups, compact);
    }

    private static float unit(double largest) {
        if (largest == 0) {
            return 1;
        }
        int exponent = Math.getExponent(largest) - TOP_EXPONENT;
        return Math.scalb(1f, Math.clamp(exponent, Float.MIN_EXPONENT, Float.MAX_EXPONENT));
    }

    /**
     * The header that goes before values in codes of these scales.
     *
     * @param u scales of U by component, 1 where values are f16
     */
    public FactorBlock scaled(float[] u, float[] v) {
        if (!compact) {
            return this;
        }
        double[] multipliers = new double[rank()];
        for (int c = 0; c < multipliers.length; c++) {
            multipliers[c] = multiplier(c) * u[c] * v[c];
        }
        return withMultipliers(multipliers);
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
        return new FactorCodec(this, key).pack(ut, vt, out);
    }

    /**
     * Writes everything before the values. After {@link #pack}, the header of another block that
     * differs in its multipliers alone may take the place of what was written.
     *
     * @param out starts where the block goes
     * @return bytes written, {@link #headerBytes()}
     */
    public long writeHeader(MemorySegment out) {
        return FactorHeader.write(this, out);
    }

    /**
     * Reads and checks everything before the values.
     *
     * @param block starts with the block; may go on after it
     * @param where names file and tensor in errors
     */
    public static FactorBlock readHeader(MemorySegment block, int rows, int columns, String where) {
        return FactorHeader.read(block, rows, columns, where);
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
        return new FactorCodec(this, key).unpack(block, ut, vt, where);
    }

    /**
     * Checks by drawing the masks that a block holds the values that they keep and nothing else.
     *
     * @param packed the block
     * @throws MalformedFileException naming the byte where it does not
     */
    public void requireValues(MemorySegment packed, MaskKey key, String where) {
        long at = headerBytes();
        int c = 0;
        for (BitGroup group : groups) {
            for (int end = c + group.components(); c < end; c++) {
                long u = key.survivors(Side.U, c, rows, thresholds[c]);
                at += requireValues(packed, at, u, group.uBits(), c, where);
                long v = key.survivors(Side.V, c, columns, thresholds[c]);
                at += requireValues(packed, at, v, group.vBits(), c, where);
            }
        }
        requireEnd(packed.byteSize(), at, where);
    }

    /**
     * Checks that values fit the block, and that unused bits behind them are 0.
     *
     * @param packed the block
     * @param at where they begin
     * @param count how many values component c has on one side
     * @param bits of a value
     * @return bytes of the values
     */
    public static long requireValues(
            MemorySegment packed, long at, long count, int bits, int c, String where) {
        long available = (packed.byteSize() - at) * Byte.SIZE / bits;
        if (count > available) {
            throw malformed(
                    where,
                    at + available * bits / Byte.SIZE,
                    "values end after %d of %d of component %d".formatted(available, count, c));
        }
        long bytes = CodeStream.byteSize(count, bits);
        int used = (int) (count * bits % Byte.SIZE);
        if (used > 0 && (packed.get(JAVA_BYTE, at + bytes - 1) & 0xFF) >> used != 0) {
            throw malformed(
                    where,
                    at + bytes - 1,
                    "unused bits behind the values of component %d are not 0".formatted(c));
        }
        return bytes;
    }

    /**
     * Checks that nothing follows the values.
     *
     * @param end where they end
     */
    public static void requireEnd(long byteSize, long end, String where) {
        if (end < byteSize) {
            throw malformed(where, end, "%d bytes follow the last value".formatted(byteSize - end));
        }
    }

    private static MalformedFileException malformed(String where, long at, String message) {
        return new MalformedFileException("%s: byte %d: %s".formatted(where, at, message));
    }
}
