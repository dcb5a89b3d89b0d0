package dev.deltapress.delta;

import dev.deltapress.linalg.Matrix;

import java.util.List;

/**
 * How a matrix is cut into patches and what each of them takes (docs/format.md, section 10).
 *
 * @param side of a patch: a power of two, 4 to 64. Patches at the right and lower border are filled
 *     up with zeros
 * @param grid of codes, not {@link Grid#HALF}
 * @param means whether patches without codes have their mean
 * @param offsets whether levels of coded patches are shifted
 * @param widths bits of a code, one for each tag; 0 for patches without codes. 1 to 4 of them
 */
public record PatchLayout(
        int rows,
        int columns,
        int side,
        Grid grid,
        boolean means,
        boolean offsets,
        List<Integer> widths) {
    public static final int LEAST_SIDE = 4;
    public static final int LARGEST_SIDE = 64;
    static final int MOST_WIDTHS = 4;
    private static final int FIXED_BYTES = 8;

    /**
     * @throws IllegalArgumentException if a value is out of its range
     */
    public PatchLayout {
        widths = List.copyOf(widths);
        boolean sided = side >= LEAST_SIDE && side <= LARGEST_SIDE && Integer.bitCount(side) == 1;
        boolean tagged = !widths.isEmpty() && widths.size() <= MOST_WIDTHS;
        if (!sided || !tagged || !widths.stream().allMatch(bits -> bits == 0 || has(grid, bits))) {
            throw new IllegalArgumentException(
                    "patches of side %d, %s codes of %s bits".formatted(side, grid, widths));
        }
    }

    /** Whether patches may have codes of so many bits. */
    static boolean has(Grid grid, int bits) {
        return bits >= 1 && bits <= Codebook.MAX_BITS && grid.hasBits(bits, bits);
    }

    int down() {
        return Math.ceilDiv(rows, side);
    }

    int across() {
        return Math.ceilDiv(columns, side);
    }

    /** Patches, row by row. */
    public int patches() {
        return Math.multiplyExact(down(), across());
    }

    /** Elements of a patch. */
    int elements() {
        return side * side;
    }

    /** Bits of a tag. */
    int tagBits() {
        return Integer.SIZE - Integer.numberOfLeadingZeros(widths.size() - 1);
    }

    /** Bytes before the scalars. */
    long headerBytes() {
        return FIXED_BYTES + widths.size() + CodeStream.byteSize(patches(), tagBits());
    }

    /** Numbers that a patch has beside its codes. */
    int scalars(int tag) {
        if (widths.get(tag) == 0) {
            return means ? 1 : 0;
        }
        return offsets ? 2 : 1;
    }

    /** Bytes of the codes of a patch. */
    int codeBytes(int tag) {
        return elements() * widths.get(tag) / Byte.SIZE;
    }

    /**
     * Bytes of a block.
     *
     * @param counts how many patches have each tag
     */
    public long byteSize(int... counts) {
        long bytes = headerBytes();
        for (int tag = 0; tag < counts.length; tag++) {
            bytes += (long) counts[tag] * (codeBytes(tag) + (long) Short.BYTES * scalars(tag));
        }
        return bytes;
    }

    /** How many patches have each tag. */
    int[] counts(byte[] tags) {
        int[] counts = new int[widths.size()];
        for (byte tag : tags) {
            counts[tag]++;
        }
        return counts;
    }

    /** Sums of squares of the elements of each patch. */
    public double[] squares(Matrix values) {
        double[] squares = new double[patches()];
        float[] row = new float[columns];
        for (int i = 0; i < rows; i++) {
            values.copyRow(i, 0, columns, row, 0);
            int first = i / side * across();
            for (int j = 0; j < columns; j++) {
                squares[first + j / side] += (double) row[j] * row[j];
            }
        }
        return squares;
    }
}
