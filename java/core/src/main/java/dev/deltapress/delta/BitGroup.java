package dev.deltapress.delta;

import dev.deltapress.delta.MaskKey.Side;

/**
 * Consecutive components of a factor block whose values are stored alike.
 *
 * @param components at least 1
 * @param grid of the sides with codes
 * @param uBits of a value of U: 1 to 8 for codes, 16 for f16 values
 * @param vBits of a value of V
 */
public record BitGroup(int components, Grid grid, int uBits, int vBits) {
    /** How many groups a block has at most. */
    public static final int MOST = 64;

    /**
     * @throws IllegalArgumentException if there are no components or the grid has not such sides
     */
    public BitGroup {
        if (components < 1 || !grid.hasBits(uBits, vBits)) {
            throw new IllegalArgumentException(
                    "a group of %d components, %s of %d and %d bits"
                            .formatted(components, grid, uBits, vBits));
        }
    }

    /** f16 values on both sides. */
    public static BitGroup half(int components) {
        return new BitGroup(components, Grid.HALF, Grid.HALF_BITS, Grid.HALF_BITS);
    }

    /** Codes of as many bits on both sides. */
    public static BitGroup of(int components, Grid grid, int bits) {
        return new BitGroup(components, grid, bits, bits);
    }

    /** Bits of a value. */
    public int bits(Side side) {
        return side == Side.U ? uBits : vBits;
    }

    /** Whether values of a side are codes. */
    public boolean isCoded(Side side) {
        return bits(side) != Grid.HALF_BITS;
    }
}
