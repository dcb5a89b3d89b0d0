package dev.deltapress.method;

import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.linalg.RankRule;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * ImPart: importance-aware random sparsification of the singular vectors of a delta (Yang et al.,
 * ACL 2025, arXiv 2504.13237, section 3).
 *
 * @param ratio bytes in 16 bit over bytes on disk; at least 1
 * @param beta share of the components dropped beforehand, the paper's beta; in [0, 1)
 * @param c exponent on the singular values, the paper's C; above 0
 * @param paperExact whether the list of sparsity ratios stays as the paper's Algorithm 1 gives it,
 *     leaving what the boundary shift does not spend
 */
public record ImPart(double ratio, double beta, double c, boolean paperExact) implements Method {

    static final String NAME = "impart";

    public ImPart {
        Settings.requireRatio(NAME, ratio);
        Settings.require(beta >= 0 && beta < 1, NAME, "beta", "in [0, 1)", beta);
        boolean positive = c > 0 && c < Double.POSITIVE_INFINITY;
        Settings.require(positive, NAME, "C", "above 0", c);
    }

    /** The defaults at that ratio: beta 0.6, C 0.5. */
    public static ImPart ratio(double ratio) {
        return new ImPart(ratio, 0.6, 0.5, false);
    }

    static ImPart of(double ratio, Settings settings) {
        ImPart defaults = ratio(ratio);
        return new ImPart(
                ratio,
                settings.number("beta", defaults.beta),
                settings.number("C", defaults.c),
                settings.flag("paper_exact", defaults.paperExact));
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public SortedMap<String, String> parameters() {
        SortedMap<String, String> parameters = new TreeMap<>();
        parameters.put("C", Double.toString(c));
        parameters.put("beta", Double.toString(beta));
        parameters.put("paper_exact", Boolean.toString(paperExact));
        return parameters;
    }

    @Override
    public long leastBytes(int rows, int columns) {
        return FactorBlock.byteSize(1, 1);
    }

    @Override
    public List<MemorySegment> encode(
            Session session, List<Delta> deltas, List<MaskKey> keys, List<Long> budgets) {
        return FactorCoding.encode(session, deltas, keys, budgets, MatrixPlan::new);
    }

    private final class MatrixPlan implements FactorCoding.Plan {
        private final Delta delta;
        private final MaskKey key;
        private final long budget;
        private final SparsityRatios ratios;

        MatrixPlan(Delta delta, MaskKey key, long budget) {
            this.delta = delta;
            this.key = key;
            this.budget = budget;
            this.ratios = SparsityRatios.of(delta.rows(), delta.columns(), ImPart.this);
        }

        @Override
        public RankRule rule(double margin) {
            int limit = ratios.components();
            int guess = Math.min(limit, firstGuess(delta.rows(), delta.columns(), budget));
            return new RankRule(
                    guess, s -> Math.min(limit, wanted(s, ratios, delta, budget, margin)));
        }

        /** None where the list did not end within the singular values. */
        @Override
        public @Nullable FactorBlock block(float[] singularValues) {
            boolean all = singularValues.length >= ratios.components();
            return thin(singularValues, all, ratios, delta, key, budget);
        }
    }

    /**
     * Components that the budget pays for where each keeps five of eight entries, as it comes out.
     */
    private static int firstGuess(int rows, int columns, long budget) {
        return Math.clamp(4 * budget / 5 / (rows + columns), 1, Integer.MAX_VALUE / 4);
    }

    /**
     * How many components the list may come to use: those of Algorithm 1 or, where they are more,
     * those that the budget pays for in the mean. Masks are random, so a few more.
     */
    private int wanted(
            double[] values, SparsityRatios ratios, Delta delta, long budget, double margin) {
        double[] leading = Spectrum.aboveNoise(values, delta.rows(), delta.columns());
        if (leading.length == 0) {
            return 1;
        }
        double[] sparsity = ratios.unshifted(leading);
        int affordable = 0;
        double survivors = 0;
        while (affordable < sparsity.length
                && FactorBlock.byteSize(affordable, (long) survivors) <= budget) {
            survivors += (1 - sparsity[affordable++]) * (delta.rows() + delta.columns());
        }
        int listed = Math.max(ratios.keptAfterShift(sparsity), paperExact ? 0 : affordable);
        boolean open = leading.length == values.length && listed == sparsity.length;
        return (int) (margin * listed) + (open ? values.length : 2);
    }

    /**
     * Chooses components and keep rates.
     *
     * @param values the leading singular values
     * @param all whether no more of them may be used
     * @return null if the list did not end within {@code values} although there are more
     */
    private @Nullable FactorBlock thin(
            float[] values,
            boolean all,
            SparsityRatios ratios,
            Delta delta,
            MaskKey key,
            long budget) {
        double[] leading = Spectrum.aboveNoise(values, delta.rows(), delta.columns());
        if (leading.length == 0) {
            return new FactorBlock(delta.rows(), delta.columns(), 1, new float[0], new long[0]);
        }
        double[] sparsity = ratios.unshifted(leading);
        int listed = ratios.keptAfterShift(sparsity);
        boolean exhausted = !all && leading.length == values.length;
        if (exhausted && listed == sparsity.length) {
            return null;
        }
        Thinning thinning = new Thinning(delta.rows(), delta.columns(), key, budget);
        for (int k = 0; k < listed; k++) {
            thinning.add(1 - sparsity[k]);
        }
        if (!paperExact) {
            spendLeftover(thinning, sparsity);
            if (exhausted && thinning.components() == sparsity.length) {
                return null;
            }
        }
        long[] thresholds = thinning.fitted(!paperExact);
        while (thresholds == null) {
            thinning.removeLast();
            thresholds = thinning.fitted(!paperExact);
        }
        float[] kept = Arrays.copyOf(values, thresholds.length);
        return new FactorBlock(delta.rows(), delta.columns(), 1, kept, thresholds);
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
