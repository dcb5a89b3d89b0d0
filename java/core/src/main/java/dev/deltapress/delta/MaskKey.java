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

    /** Draws of one counter. */
    private static final int WORDS = 4;

    public MaskKey {
        if (seed < 0 || seed > MAX_WORD || tensor < 0 || tensor > MAX_WORD) {
            throw new IllegalArgumentException(
                    "seed %d and tensor %d must fit 32 bits".formatted(seed, tensor));
        }
    }

    /** What a mask is for. */
    public enum Side {
        U(0),
        V(1),
        /** The matrix itself: its rows are taken for components, its columns for rows. */
        ENTRIES(2);

        private final int word;

        Side(int word) {
            this.word = word;
        }
    }

    /** Takes draws of a component. */
    @FunctionalInterface
    public interface Visitor {
        /** The first {@code count} of the array; what it holds is gone after the call. */
        void visit(int[] draws, int count);
    }

    /** The draws of rows 0 to {@code rows - 1} of one component, and of up to three rows more. */
    public int[] draws(Side side, int component, int rows) {
        int[] draws = buffer(rows);
        draws(side, component, rows, new PhiloxRun(), draws);
        return draws;
    }

    /** Room for draws of so many rows. */
    static int[] buffer(int rows) {
        return new int[Math.ceilDiv(rows, WORDS) * WORDS];
    }

    /**
     * The same draws, in memory that is used again.
     *
     * @param run scratch
     * @param draws a {@link #buffer} for that many rows or more
     */
    void draws(Side side, int component, int rows, PhiloxRun run, int[] draws) {
        int counters = Math.ceilDiv(rows, WORDS);
        for (int first = 0; first < counters; first += PhiloxRun.COUNTERS) {
            int count = Math.min(PhiloxRun.COUNTERS, counters - first);
            run.draw(first, component, side.word, (int) seed, (int) tensor, count);
            run.interleave(draws, first * WORDS, count);
        }
    }

    /** Visits the same draws, of these rows only, in no particular order, which is faster. */
    public void visitDraws(Side side, int component, int rows, Visitor visitor) {
        int counters = Math.ceilDiv(rows, WORDS);
        PhiloxRun run = new PhiloxRun();
        for (int first = 0; first < counters; first += PhiloxRun.COUNTERS) {
            int count = Math.min(PhiloxRun.COUNTERS, counters - first);
            run.draw(first, component, side.word, (int) seed, (int) tensor, count);
            int left = rows - first * WORDS;
            for (int word = 0; word < WORDS; word++) {
                visitor.visit(run.words(word), Math.min(count, (left + WORDS - 1 - word) / WORDS));
            }
        }
    }

    /** How many entries of one component survive. */
    public long survivors(Side side, int component, int rows, long threshold) {
        if (threshold == KEEP_ALL) {
            return rows;
        }
        long[] survivors = new long[1];
        visitDraws(
                side,
                component,
                rows,
                (draws, count) -> survivors[0] += countSurvivors(draws, count, threshold));
        return survivors[0];
    }

    /** How many of the first {@code rows} draws survive. */
    public static long countSurvivors(int[] draws, int rows, long threshold) {
        long survivors = 0;
        for (int row = 0; row < rows; row++) {
            survivors += ((draws[row] & MAX_WORD) - threshold) >>> 63; // 1 where below
        }
        return survivors;
    }

    /** Whether an entry with that draw survives. */
    public static boolean survives(int draw, long threshold) {
        return (draw & MAX_WORD) < threshold;
    }
}
