package dev.deltapress.method;

import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.delta.EntryCode;
import dev.deltapress.delta.Grid;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.delta.TensorRecord.Kind;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * DARE-Qt: DARE with quantised values, the baseline of ImPart-Qt (Yang et al., ACL 2025, arXiv
 * 2504.13237), rounded to the nearest level instead of by GPTQ.
 *
 * @param ratio bytes in 16 bit over bytes on disk; at least 1
 * @param bits of a value, 1 to 8
 * @param grid {@code gaussian}: Gaussian levels up to 4 bits; {@code symmetric}: equal steps for
 *     all widths
 * @param scales {@code tensor}: one scale for a matrix; {@code row}: one for each row, in f16
 */
public record DareQt(double ratio, int bits, String grid, String scales) implements Method {
    static final String NAME = "dare-qt";

    private static final String TENSOR = "tensor";
    private static final String ROW = "row";

    public DareQt {
        Settings.requireRatio(NAME, ratio);
        Settings.requireBits(NAME, "bits", bits);
        Grids.parse(NAME, grid);
        boolean known = scales.equals(TENSOR) || scales.equals(ROW);
        Settings.require(known, NAME, "scales", "tensor or row", Settings.quoted(scales));
    }

    /** The defaults at that ratio. */
    public static DareQt ratio(double ratio) {
        return new DareQt(ratio, 2, Grids.GAUSSIAN, TENSOR);
    }

    static DareQt of(double ratio, Settings settings) {
        DareQt defaults = ratio(ratio);
        return new DareQt(
                ratio,
                settings.integer("bits", defaults.bits),
                settings.text("grid", defaults.grid),
                settings.text("scales", defaults.scales));
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public SortedMap<String, String> parameters() {
        SortedMap<String, String> parameters = new TreeMap<>();
        parameters.put("bits", Integer.toString(bits));
        parameters.put("grid", grid);
        parameters.put("scales", scales);
        return parameters;
    }

    @Override
    public Kind kind() {
        return Kind.ENTRIES;
    }

    private Drops drops() {
        Grid levels = Grids.ofBits(Grids.parse(NAME, grid), bits);
        boolean byRow = scales.equals(ROW);
        return new Drops(
                bits,
                Drops::bernoulli,
                kept ->
                        byRow
                                ? EntryCode.fittedByRow(levels, bits, kept)
                                : EntryCode.fitted(levels, bits, kept),
                byRow,
                Drops.Rescale::unbiased);
    }

    @Override
    public long leastBytes(int rows, int columns) {
        return drops().leastBytes(rows);
    }

    @Override
    public List<MemorySegment> encode(
            Session session, List<Delta> deltas, List<MaskKey> keys, List<Long> budgets) {
        return ElementCoding.encode(session, deltas, keys, budgets, drops());
    }
}
