package dev.deltapress.method;

import dev.deltapress.method.Method.Sharing;

import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * UltraDelta's mixed sparsity: tensors in three groups of as many parameters by the deviation of
 * their deltas; the first is kept more sparsely than the second by a step, the last more densely.
 *
 * @param ratio decides the density of the second group: the one that a model without groups has
 * @param bits of a value
 * @param step difference in density
 */
record MixedSparsity(double ratio, int bits, double step) implements Sharing {
    private static final int GROUPS = 3;
    private static final double HALF_BITS = 16;

    /** Density that the first group does not fall below: the paper's largest sparsity is 0.99. */
    private static final double LEAST_DENSITY = 0.01;

    private static final int HALVINGS = 50;

    @Override
    public double[] weights(double[] deviations, long[] entries) {
        double middle = density();
        double[] densities = {
            Math.max(middle - step, Math.min(middle, LEAST_DENSITY)),
            middle,
            Math.min(middle + step, 1)
        };
        double all = IntStream.range(0, entries.length).mapToDouble(i -> entries[i]).sum();
        int[] order =
                IntStream.range(0, deviations.length)
                        .boxed()
                        .sorted(Comparator.comparingDouble(i -> deviations[i]))
                        .mapToInt(i -> i)
                        .toArray();
        double[] weights = new double[deviations.length];
        double before = 0;
        for (int i : order) {
            // A tensor belongs where its middle lies.
            int group = (int) (GROUPS * (before + entries[i] / 2.0) / all);
            weights[i] = bitsOf(densities[Math.min(group, GROUPS - 1)]);
            before += entries[i];
        }
        return weights;
    }

    /** At which values and positions take what the ratio allows. */
    double density() {
        double target = HALF_BITS / ratio;
        double low = 0;
        double high = 1;
        for (int i = 0; i < HALVINGS; i++) {
            double middle = (low + high) / 2;
            if (bitsOf(middle) < target) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return high;
    }

    /** Bits of an entry at a density: its value, and its position at its entropy. */
    private double bitsOf(double density) {
        return bits * density + entropy(density) + entropy(1 - density);
    }

    private static double entropy(double p) {
        return p <= 0 ? 0 : -p * StrictMath.log(p) / StrictMath.log(2);
    }
}
