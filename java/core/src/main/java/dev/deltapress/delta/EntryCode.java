package dev.deltapress.delta;

import java.util.Arrays;

/**
 * How values of kept entries are written: value = unit * scale of the row * (level + offset), where
 * the level is that of a code, or an f16 number.
 *
 * @param grid of the levels
 * @param bits of a code, or {@link Grid#HALF_BITS}
 * @param unit 0 or more
 * @param offset 0 unless the grid is symmetric
 * @param scales of rows, f16 numbers that are 0 or normal; none: all are 1
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record EntryCode(Grid grid, int bits, double unit, float offset, float[] scales) {
    private static final float[] NONE = {};

    /** What everything becomes 0 with. */
    public static final EntryCode ZERO = new EntryCode(Grid.SYMMETRIC, 1, 0, 0, NONE);

    /** Exponent of the largest f16 number that is written, so that small ones are normal. */
    private static final int TOP_EXPONENT = 14;

    /** Offsets are at most about so many steps. */
    private static final double MOST_OFFSET = 1 << 15;

    /** F16 numbers in units of a power of two. */
    public static EntryCode half(KeptEntries kept) {
        return new EntryCode(Grid.HALF, Grid.HALF_BITS, unit(kept.largest()), 0, NONE);
    }

    /** Brings a magnitude to 2^14 or more, below 2^15. */
    private static double unit(float largest) {
        return largest == 0 ? 1 : Math.scalb(1.0, Math.getExponent(largest) - TOP_EXPONENT);
    }

    /** Codes of a grid with one scale, of about the least squared error. */
    public static EntryCode fitted(Grid grid, int bits, KeptEntries kept) {
        float[] scale = scales(grid, bits, kept, new int[] {kept.count()});
        return new EntryCode(grid, bits, scale[0], 0, NONE);
    }

    /** Codes of a grid with a scale for each row. */
    public static EntryCode fittedByRow(Grid grid, int bits, KeptEntries kept) {
        float[] scales = scales(grid, bits, kept, kept.ends());
        float largest = 0;
        for (float scale : scales) {
            largest = Math.max(largest, scale);
        }
        double unit = unit(largest);
        for (int i = 0; i < scales.length; i++) {
            float scale = (float) (scales[i] / unit);
            boolean normal = Float.float16ToFloat(Float.floatToFloat16(scale)) >= 0x1p-14f;
            scales[i] = normal ? Float.float16ToFloat(Float.floatToFloat16(scale)) : 0;
        }
        return new EntryCode(grid, bits, unit, 0, scales);
    }

    /** One for each stretch of values, which ends there. */
    private static float[] scales(Grid grid, int bits, KeptEntries kept, int[] ends) {
        float[] largest = new float[ends.length];
        double[] squares = new double[ends.length];
        long[] counts = new long[ends.length];
        int from = 0;
        for (int i = 0; i < ends.length; i++) {
            for (int j = from; j < ends[i]; j++) {
                largest[i] = Math.max(largest[i], Math.abs(kept.values()[j]));
            }
            squares[i] = kept.squares(from, ends[i]);
            counts[i] = (long) ends[i] - from;
            from = ends[i];
        }
        Codebook book = grid.codebook(bits);
        return ScaleSearch.scales(
                grid, bits, largest, squares, counts, tried -> errors(book, kept, ends, tried));
    }

    private static double[] errors(Codebook book, KeptEntries kept, int[] ends, float[] scales) {
        double[] errors = new double[ends.length];
        int longest = ends.length == 1 ? kept.count() : kept.columns();
        float[] values = new float[longest];
        float[] decoded = new float[longest];
        byte[] codes = new byte[longest];
        int from = 0;
        for (int i = 0; i < ends.length; i++) {
            int count = ends[i] - from;
            System.arraycopy(kept.values(), from, values, 0, count);
            book.encode(values, scales[i], codes, count);
            book.decode(codes, scales[i], decoded, count);
            for (int j = 0; j < count; j++) {
                float error = decoded[j] - values[j];
                errors[i] += (double) error * error;
            }
            from = ends[i];
        }
        return errors;
    }

    /** Codes in equal steps, the first of which is {@code least}, the last {@code most}. */
    public static EntryCode spanning(int bits, float least, float most) {
        double magnitude = Math.max(Math.abs(least), Math.abs(most));
        double range = (double) most - least;
        double unit = Math.max(range / ((1 << bits) - 1), magnitude / MOST_OFFSET);
        float middle = unit == 0 ? 0 : (float) (((double) least + most) / 2 / unit);
        return new EntryCode(Grid.SYMMETRIC, bits, unit, middle, NONE);
    }

    /** Whether everything becomes 0, which tells that there was nothing to be fitted to. */
    public boolean isZero() {
        return unit == 0;
    }

    private double unitOf(int row) {
        return scales.length == 0 ? unit : unit * scales[row];
    }

    /** The codes of kept entries. */
    byte[] codes(KeptEntries kept) {
        byte[] codes = new byte[kept.count()];
        Codebook book = grid.codebook(bits);
        float[] row = new float[kept.columns()];
        byte[] rowCodes = new byte[kept.columns()];
        int from = 0;
        for (int i = 0; i < kept.rows(); i++) {
            int count = kept.ends()[i] - from;
            System.arraycopy(kept.values(), from, row, 0, count);
            codes(row, count, i, book, rowCodes);
            System.arraycopy(rowCodes, 0, codes, from, count);
            from += count;
        }
        return codes;
    }

    /** The codes of values of a row, which are overwritten. */
    private void codes(float[] values, int count, int row, Codebook book, byte[] codes) {
        float step = (float) unitOf(row);
        if (step == 0) {
            Arrays.fill(codes, 0, count, (byte) 0);
            return;
        }
        double shift = unit * offset;
        for (int j = 0; j < count; j++) {
            values[j] = (float) (values[j] - shift);
        }
        book.encode(values, step, codes, count);
    }

    /** The codes of a row of entries. */
    public void codes(float[] row, byte[] codes) {
        codes(row.clone(), row.length, 0, grid.codebook(bits), codes);
    }

    /** The f16 words of kept entries. */
    short[] words(KeptEntries kept) {
        short[] words = new short[kept.count()];
        for (int i = 0; i < words.length; i++) {
            words[i] = Float.floatToFloat16((float) (kept.values()[i] / unit));
        }
        return words;
    }
}
