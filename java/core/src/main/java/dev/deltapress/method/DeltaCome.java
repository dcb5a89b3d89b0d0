package dev.deltapress.method;

import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.delta.Grid;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.method.FactorCoding.Refit;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Delta-CoMe without data: singular vectors in bands of falling width (Ping et al., NeurIPS 2024,
 * arXiv 2406.08903), rounded to the nearest level instead of by GPTQ, with multipliers of least
 * squared error.
 *
 * @param ratio bytes in 16 bit over bytes on disk; at least 1
 * @param bands widths by component, such as {@code 2x8,32x3,2}: the first 2 in 8 bits, the next 32
 *     in 3, all others in 2
 * @param grid {@code gaussian}: Gaussian levels up to 4 bits; {@code symmetric}: equal steps for
 *     all widths
 * @param refit whether the decoded factors get the multipliers of least squared error
 */
public record DeltaCome(double ratio, String bands, String grid, boolean refit) implements Method {
    static final String NAME = "delta-come";

    public DeltaCome {
        Settings.requireRatio(NAME, ratio);
        Bands.parse(NAME, bands);
        Grids.parse(NAME, grid);
    }

    /** The defaults at that ratio: published bands, Gaussian levels, refit. */
    public static DeltaCome ratio(double ratio) {
        return new DeltaCome(ratio, Bands.PUBLISHED, Grids.GAUSSIAN, true);
    }

    static DeltaCome of(double ratio, Settings settings) {
        DeltaCome defaults = ratio(ratio);
        return new DeltaCome(
                ratio,
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
        parameters.put("bands", bands);
        parameters.put("grid", grid);
        parameters.put("refit", Boolean.toString(refit));
        return parameters;
    }

    @Override
    public long leastBytes(int rows, int columns) {
        return Bands.parse(NAME, bands).leastBytes(rows, columns);
    }

    @Override
    public long usable(int rows, int columns, long budget) {
        return Bands.parse(NAME, bands).usable(rows, columns, budget);
    }

    @Override
    public List<MemorySegment> encode(
            Session session, List<Delta> deltas, List<MaskKey> keys, List<Long> budgets) {
        Bands parsed = Bands.parse(NAME, bands);
        Grid levels = Grids.parse(NAME, grid);
        return FactorCoding.encode(
                session,
                deltas,
                keys,
                budgets,
                (delta, key, budget) -> parsed.plan(delta, budget, levels),
                refit ? Refit.MULTIPLIERS : Refit.NONE);
    }
}
