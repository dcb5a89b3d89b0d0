package dev.deltapress.method;

import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.delta.CodeStream;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.method.FactorCoding.Refit;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * ImPart-Qt without data: singular vectors in bit bands that lose random entries, the more the
 * smaller their singular value (Yang et al., ACL 2025, arXiv 2504.13237, section 3.3 and Algorithm
 * 3), rounded to the nearest level instead of by GPTQ.
 *
 * @param ratio bytes in 16 bit over bytes on disk; at least 1
 * @param beta share of the components dropped beforehand, the paper's beta; in [0, 1)
 * @param c exponent on the singular values, the paper's C; above 0
 * @param bands widths by component, such as {@code 2x8,32x3,2}
 * @param grid {@code gaussian} or {@code symmetric}, as in {@link DeltaCome}
 * @param refit whether the thinned, decoded factors get the multipliers of least squared error;
 *     otherwise they are right in the mean, but for rounding
 */
public record ImPartQt(
        double ratio, double beta, double c, String bands, String grid, boolean refit)
        implements Method {
    static final String NAME = "impart-qt";

    public ImPartQt {
        Settings.requireRatio(NAME, ratio);
        Settings.requireBeta(NAME, beta);
        Settings.requireExponent(NAME, c);
        Bands.parse(NAME, bands);
        Grids.parse(NAME, grid);
    }

    /** The defaults at that ratio: beta 0.8, C 0.5, published bands, Gaussian levels, unbiased. */
    public static ImPartQt ratio(double ratio) {
        return new ImPartQt(ratio, 0.8, 0.5, Bands.PUBLISHED, Grids.GAUSSIAN, false);
    }

    static ImPartQt of(double ratio, Settings settings) {
        ImPartQt defaults = ratio(ratio);
        return new ImPartQt(
                ratio,
                settings.number("beta", defaults.beta),
                settings.number("C", defaults.c),
                settings.text("bands", defaults.bands),
                settings.text("grid", defaults.grid),
                settings.flag("refit", defaults.refit));
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public SortedMap<String, String> parameters() {
        SortedMap<String, String> parameters = new TreeMap<>();
        parameters.put("C", Double.toString(c));
        parameters.put("bands", bands);
        parameters.put("beta", Double.toString(beta));
        parameters.put("grid", grid);
        parameters.put("refit", Boolean.toString(refit));
        return parameters;
    }

    private BlockLayout layout() {
        return new BlockLayout(
                Bands.parse(NAME, bands), Grids.parse(NAME, grid), /* compact= */ true);
    }

    @Override
    public long leastBytes(int rows, int columns) {
        BlockLayout layout = layout();
        return layout.headerBytes(1) + CodeStream.byteSize(1, layout.bits(0));
    }

    @Override
    public List<MemorySegment> encode(
            Session session, List<Delta> deltas, List<MaskKey> keys, List<Long> budgets) {
        BlockLayout layout = layout();
        return FactorCoding.encode(
                session,
                deltas,
                keys,
                budgets,
                (delta, key, budget) -> {
                    var ratios =
                            new FilledRatios(
                                    delta.rows(), delta.columns(), beta, c, layout, budget);
                    return new ThinningPlan(delta, key, budget, layout, ratios, false);
                },
                refit ? Refit.MULTIPLIERS : Refit.NONE);
    }
}
