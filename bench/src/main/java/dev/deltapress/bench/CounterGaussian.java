package dev.deltapress.bench;

import java.nio.charset.StandardCharsets;

/**
 * Nearly normal numbers as a function of key and counter: any of them can be computed on its own,
 * by any thread, in any order.
 *
 * <p>A number is the sum of four uniform 16-bit numbers out of a hash (Irwin-Hall), less its mean:
 * variance 1, kurtosis 2.7 instead of 3, none beyond 3.47. That is enough for singular values, of
 * which the bulk depends on the variance alone, and costs about a nanosecond, because C2 turns the
 * loop into vectors.
 */
public final class CounterGaussian {
    private static final int TERMS = 4;
    private static final int VALUES = 1 << 16;
    private static final int TWICE_MEAN = TERMS * (VALUES - 1);
    private static final double DEVIATION = Math.sqrt(TERMS * ((double) VALUES * VALUES - 1) / 12);

    /** 2^32 over the golden ratio. */
    private static final int WEYL = 0x9E3779B9;

    private static final long FNV_OFFSET = 0xCBF29CE484222325L;
    private static final long FNV_PRIME = 0x100000001B3L;

    private CounterGaussian() {}

    /** The key of a stream of numbers: another one for each seed and name. FNV-1a. */
    public static long key(long seed, String stream) {
        long hash = FNV_OFFSET;
        for (byte b : stream.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (b & 0xFF)) * FNV_PRIME;
        }
        for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
            hash = (hash ^ (seed >>> shift & 0xFF)) * FNV_PRIME;
        }
        return hash ^ hash >>> 32;
    }

    /**
     * Numbers {@code from} to {@code from + length - 1} of a stream, times a factor. A stream
     * repeats after 2^32.
     */
    public static void fill(long key, long from, double factor, float[] out, int length) {
        int start = (int) from + (int) key;
        int second = (int) (key >>> 32);
        float scale = (float) (factor / DEVIATION / 2);
        for (int i = 0; i < length; i++) {
            // Streams whose counters overlap differ by the second half of the key.
            int one = mix(mix(start + i) ^ second);
            int two = mix(one + WEYL);
            int sum = (one & 0xFFFF) + (one >>> 16) + (two & 0xFFFF) + (two >>> 16);
            out[i] = (2 * sum - TWICE_MEAN) * scale;
        }
    }

    /** The finaliser of MurmurHash3 (Appleby, 2011): each bit of x moves half the bits. */
    private static int mix(int x) {
        int h = (x ^ (x >>> 16)) * 0x85EBCA6B;
        h = (h ^ (h >>> 13)) * 0xC2B2AE35;
        return h ^ (h >>> 16);
    }
}
