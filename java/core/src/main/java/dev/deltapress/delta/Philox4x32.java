package dev.deltapress.delta;

/**
 * Philox4x32-10, a counter-based generator: 128 random bits for every (key, counter), each computed
 * on its own (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3; SC 2011).
 */
public final class Philox4x32 {
    static final long MULTIPLIER_0 = 0xD2511F53L;
    static final long MULTIPLIER_1 = 0xCD9E8D57L;
    static final int WEYL_0 = 0x9E3779B9;
    static final int WEYL_1 = 0xBB67AE85;
    static final int ROUNDS = 10;

    private Philox4x32() {}

    /**
     * Writes the four words of one counter to {@code words[at .. at + 3]}.
     *
     * @param c0 to c3 the counter, low word first
     * @param k0 to k1 the key, low word first
     */
    public static void draw(int c0, int c1, int c2, int c3, int k0, int k1, int[] words, int at) {
        int x0 = c0;
        int x1 = c1;
        int x2 = c2;
        int x3 = c3;
        int key0 = k0;
        int key1 = k1;
        for (int round = 0; round < ROUNDS; round++) {
            long product0 = MULTIPLIER_0 * (x0 & 0xFFFFFFFFL);
            long product1 = MULTIPLIER_1 * (x2 & 0xFFFFFFFFL);
            x0 = (int) (product1 >>> 32) ^ x1 ^ key0;
            x1 = (int) product1;
            x2 = (int) (product0 >>> 32) ^ x3 ^ key1;
            x3 = (int) product0;
            key0 += WEYL_0;
            key1 += WEYL_1;
        }
        words[at] = x0;
        words[at + 1] = x1;
        words[at + 2] = x2;
        words[at + 3] = x3;
    }
}
