package dev.deltapress.linalg;

/** SplitMix64 as a function of a counter (Steele, Lea and Flood, OOPSLA 2014). */
final class SplitMix {

    private SplitMix() {}

    /** 64 random bits for each counter. */
    static long at(long counter) {
        long x = (counter + 1) * 0x9E3779B97F4A7C15L;
        x = (x ^ (x >>> 30)) * 0xBF58476D1CE4E5B9L;
        x = (x ^ (x >>> 27)) * 0x94D049BB133111EBL;
        return x ^ (x >>> 31);
    }
}
