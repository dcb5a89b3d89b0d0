package dev.deltapress.method;

import dev.deltapress.delta.MaskKey;

import java.util.Arrays;

/** The entries that join the survivors as the common factor of a {@link Thinning} grows. */
final class Joining {
    private long before;
    private int count;
    private int[] factors = new int[1024];

    private Joining() {}

    /** Of those that join at factors in {@code (low, high]}, with those that are there before. */
    static Joining between(int low, int high, Thinning thinning) {
        Joining joining = new Joining();
        for (int k = 0; k < thinning.components(); k++) {
            int component = k;
            long from = thinning.scaled(component, low);
            long to = thinning.scaled(component, high);
            int first = joining.count;
            thinning.visitDraws(component, (draws, n) -> joining.take(draws, n, from, to));
            for (int i = first; i < joining.count; i++) {
                joining.factors[i] = thinning.leastFactor(component, joining.factors[i]);
            }
        }
        Arrays.sort(joining.factors, 0, joining.count);
        return joining;
    }

    /** Counts draws below {@code from} and keeps those from there to below {@code to}. */
    private void take(int[] draws, int n, long from, long to) {
        before += MaskKey.countSurvivors(draws, n, from);
        if (factors.length < count + n) {
            factors = Arrays.copyOf(factors, 2 * (count + n));
        }
        long width = to - from;
        for (int i = 0; i < n; i++) {
            long above = (draws[i] & 0xFFFFFFFFL) - from;
            if (above >= 0 && above < width) {
                factors[count++] = draws[i];
            }
        }
    }

    /** Survivors at the low factor. */
    long before() {
        return before;
    }

    /** How many entries join. */
    int count() {
        return count;
    }

    /** The factor at which entry {@code index} joins, in ascending order. */
    int factor(int index) {
        return factors[index];
    }
}
