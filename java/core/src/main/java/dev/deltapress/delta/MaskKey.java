package dev.deltapress.delta;

/**
 * What all masks of one matrix are derived from (docs/format.md, section 6).
 *
 * <p>An entry survives where its draw, an unsigned 32-bit number, is below the threshold of its
 * component: the keep rate is threshold / 2^32.
 *
 * @param seed of the delta, an unsigned 32-bit number
 * @param tensor number of the matrix, an unsigned 32-bit number
 */
public record MaskKey(long seed, long tensor) {
    /** The threshold that keeps everything. */
    public static final long KEEP_ALL = 1L << 32;

    private static final long MAX_WORD = KEEP_ALL - 1;

    public MaskKey {
        if (seed < 0 || seed > MAX_WORD || tensor < 0 || tensor > MAX_WORD) {
            throw new IllegalArgumentException(
                    "seed %d and tensor %d must fit 32 bits".formatted(seed, tensor));
        }
    }

    /** Which factor a mask is for. */
    public enum Side {
        U(0),
        V(1);

        private final int word;

        Side(int word) {
            this.word = word;
        }
    }

    /** The draws of rows 0 to {@code rows - 1} of one component. */
    public int[] draws(Side side, int component, int rows) {
        int[] draws = new int[Math.ceilDiv(rows, 4) * 4];
        for (int row = 0; row < rows; row += 4) {
            Philox4x32.draw(
                    row >>> 2, component, side.word, 0, (int) seed, (int) tensor, draws, row);
        }
        return draws;
    }

    /** How many entries of one component survive. */
    public long survivors(Side side, int component, int rows, long threshold) {
        return countSurvivors(draws(side, component, rows), rows, threshold);
    }

    /** How many of the first {@code rows} draws survive. */
    public static long countSurvivors(int[] draws, int rows, long threshold) {
        long survivors = 0;
        for (int row = 0; row < rows; row++) {
            survivors += survives(draws[row], threshold) ? 1 : 0;
        }
        return survivors;
    }

    /** Whether an entry with that draw survives. */
    public static boolean survives(int draw, long threshold) {
        return (draw & MAX_WORD) < threshold;
    }
}
