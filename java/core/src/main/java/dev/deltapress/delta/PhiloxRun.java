package dev.deltapress.delta;

/**
 * Philox4x32-10 for a run of counters at once, equal to {@link Philox4x32} bit for bit: a loop over
 * counters within each round, which C2 turns into vector instructions. For one thread.
 */
final class PhiloxRun {
    /** Counters of a run: its four arrays stay in the nearest cache. */
    static final int COUNTERS = 256;

    private final int[] x0 = new int[COUNTERS];
    private final int[] x1 = new int[COUNTERS];
    private final int[] x2 = new int[COUNTERS];
    private final int[] x3 = new int[COUNTERS];

    /**
     * Draws counters (first, c1, c2, 0), (first + 1, c1, c2, 0), ...
     *
     * @param counters at most {@link #COUNTERS}
     */
    void draw(int first, int c1, int c2, int k0, int k1, int counters) {
        for (int i = 0; i < counters; i++) {
            x0[i] = first + i;
            x1[i] = c1;
            x2[i] = c2;
            x3[i] = 0;
        }
        int key0 = k0;
        int key1 = k1;
        for (int round = 0; round < Philox4x32.ROUNDS; round++) {
            round(x0, x1, x2, x3, key0, key1, counters);
            key0 += Philox4x32.WEYL_0;
            key1 += Philox4x32.WEYL_1;
        }
    }

    private static void round(
            int[] x0, int[] x1, int[] x2, int[] x3, int key0, int key1, int counters) {
        for (int i = 0; i < counters; i++) {
            long product0 = Philox4x32.MULTIPLIER_0 * (x0[i] & 0xFFFFFFFFL);
            long product1 = Philox4x32.MULTIPLIER_1 * (x2[i] & 0xFFFFFFFFL);
            x0[i] = (int) (product1 >>> 32) ^ x1[i] ^ key0;
            x1[i] = (int) product1;
            x2[i] = (int) (product0 >>> 32) ^ x3[i] ^ key1;
            x3[i] = (int) product0;
        }
    }

    /** Word 0 to 3 of every counter of the run. */
    int[] words(int word) {
        return switch (word) {
            case 0 -> x0;
            case 1 -> x1;
            case 2 -> x2;
            default -> x3;
        };
    }

    /** Writes the four words of each counter, one counter after the other. */
    void interleave(int[] words, int at, int counters) {
        for (int i = 0; i < counters; i++) {
            words[at + 4 * i] = x0[i];
            words[at + 4 * i + 1] = x1[i];
            words[at + 4 * i + 2] = x2[i];
            words[at + 4 * i + 3] = x3[i];
        }
    }
}
