package dev.deltapress.method;

import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.method.FactorCoding.Refit;

import java.lang.foreign.MemorySegment;
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
        Settings.requireBeta(NAME, beta);
        Settings.requireExponent(NAME, c);
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
        return FactorCoding.encode(session, deltas, keys, budgets, this::plan, Refit.NONE);
    }

    private FactorCoding.Plan plan(Delta delta, MaskKey key, long budget) {
        SparsityRatios ratios = SparsityRatios.of(delta.rows(), delta.columns(), this);
        return new ThinningPlan(
                delta,
                key,
                budget,
                BlockLayout.HALVES,
                ThinningPlan.Ratios.fixed(ratios),
                paperExact);
    }
}
