package dev.deltapress.method;

import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.linalg.RankRule;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/** One matrix whose singular vectors are thinned by ImPart's Algorithm 1 to fill a budget. */
final class ThinningPlan implements FactorCoding.Plan {
    private final int rows;
    private final int columns;
    private final MaskKey key;
    private final long budget;

    /** What components are asked for by. */
    private final long roomy;

    private final BlockLayout layout;
    private final Ratios ratios;
    private final boolean paperExact;

    /** The sparsity ratios of the matrix. */
    interface Ratios {
        /** Components that there may be. */
        int most();

        /**
         * From the leading singular values.
         *
         * @param leading those above noise, descending, one or more
         */
        SparsityRatios of(double[] leading);

        /** The same for all singular values. */
        static Ratios fixed(SparsityRatios ratios) {
            return new Ratios() {
                @Override
                public int most() {
                    return ratios.components();
                }

                @Override
                public SparsityRatios of(double[] leading) {
                    return ratios;
                }
            };
        }
    }

    /**
     * @param budget most bytes of the block
     * @param paperExact whether the list stays as Algorithm 1 gives it, and keep rates are lowered
     *     alone
     */
    ThinningPlan(
            Delta delta,
            MaskKey key,
            long budget,
            BlockLayout layout,
            Ratios ratios,
            boolean paperExact) {
        this.rows = delta.rows();
        this.columns = delta.columns();
        this.key = key;
        this.budget = budget;
        this.roomy = layout.bands().hasCodes() ? FactorCoding.roomy(budget) : budget;
        this.layout = layout;
        this.ratios = ratios;
        this.paperExact = paperExact;
    }

    @Override
    public RankRule rule(double margin) {
        int limit = ratios.most();
        int guess = Math.min(limit, firstGuess());
        return new RankRule(guess, s -> Math.min(limit, wanted(s, margin)));
    }

    /**
     * Components that the budget pays for where each keeps five of eight entries, as it comes out.
     */
    private int firstGuess() {
        int bits = layout.bits(Math.min(rows, columns));
        long guess = 64 * roomy / (5L * bits) / (rows + columns);
        return Math.clamp(guess, 1, Integer.MAX_VALUE / 4);
    }

    /**
     * How many components the list may come to use: those of Algorithm 1 or, where they are more,
     * those that the budget pays for in the mean. Masks are random, so a few more.
     */
    private int wanted(double[] values, double margin) {
        double[] leading = Spectrum.aboveNoise(values, rows, columns);
        if (leading.length == 0) {
            return 1;
        }
        SparsityRatios list = ratios.of(leading);
        double[] sparsity = list.unshifted(leading);
        int affordable = 0;
        double bits = 0;
        while (affordable < sparsity.length && meanBytes(affordable, bits) <= roomy) {
            bits += (1 - sparsity[affordable]) * (rows + columns) * layout.bits(affordable);
            affordable++;
        }
        int listed = Math.max(list.keptAfterShift(sparsity), paperExact ? 0 : affordable);
        if (layout.compact()) {
            // More than the list has: then all of it is kept, and more follow.
            listed = Math.max(listed, layout.bands().affordable(rows, columns, roomy));
        }
        boolean open = leading.length == values.length && listed == leading.length;
        return (int) (margin * listed) + (open ? values.length : 2);
    }

    /** Bytes of so many components whose survivors have so many bits, in words of 16. */
    private long meanBytes(int rank, double bits) {
        return layout.headerBytes(rank) + Short.BYTES * (long) (bits / Short.SIZE);
    }

    /** None where the list did not end within the singular values, although there are more. */
    @Override
    public @Nullable FactorBlock block(float[] values) {
        return block(values, budget);
    }

    @Override
    public @Nullable FactorBlock block(float[] values, long other) {
        double[] leading = Spectrum.aboveNoise(values, rows, columns);
        if (leading.length == 0) {
            return layout.block(rows, columns, new float[0], new long[0]);
        }
        SparsityRatios list = ratios.of(leading);
        double[] sparsity = list.unshifted(leading);
        int listed = list.keptAfterShift(sparsity);
        boolean more = values.length < ratios.most() && leading.length == values.length;
        if (more && listed == leading.length) {
            return null;
        }
        Thinning thinning = new Thinning(rows, columns, key, layout, other);
        for (int k = 0; k < listed; k++) {
            thinning.add(1 - sparsity[k]);
        }
        if (!paperExact) {
            spendLeftover(thinning, sparsity);
            if (more && thinning.components() == leading.length) {
                return null;
            }
        }
        long[] thresholds = thinning.fitted(!paperExact);
        while (thresholds == null) {
            thinning.removeLast();
            thresholds = thinning.fitted(!paperExact);
        }
        if (layout.compact() && Arrays.stream(thresholds).allMatch(t -> t == MaskKey.KEEP_ALL)) {
            // Then none is stored, which pays for more components.
            int affordable = layout.bands().affordable(rows, columns, other);
            if (more && affordable > leading.length && other == budget) {
                return null;
            }
            thresholds = new long[Math.min(affordable, leading.length)];
            Arrays.fill(thresholds, MaskKey.KEEP_ALL);
        }
        float[] kept = Arrays.copyOf(values, thresholds.length);
        return layout.block(rows, columns, kept, thresholds);
    }

    /**
     * What the boundary shift leaves over goes to the next components: whole ones at their own keep
     * rates, and one more in part where the budget would otherwise not be spent even with every
     * entry kept.
     */
    private static void spendLeftover(Thinning thinning, double[] sparsity) {
        while (thinning.components() < sparsity.length) {
            boolean unspent = thinning.components() == 0 || thinning.leavesUnspent();
            thinning.add(1 - sparsity[thinning.components()]);
            if (!thinning.fits()) {
                if (!unspent) {
                    thinning.removeLast();
                }
                return;
            }
        }
    }
}
