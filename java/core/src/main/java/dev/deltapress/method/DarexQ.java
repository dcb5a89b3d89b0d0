package dev.deltapress.method;

import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.delta.Codebook;
import dev.deltapress.delta.Grid;
import dev.deltapress.delta.KeptEntries;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.delta.TensorRecord.Kind;
import dev.deltapress.linalg.Matrix;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * DAREx-q: DARE with 1 / q in place of 1 / (1 - p) (Deng et al., ICLR 2025, arXiv 2410.09344). The
 * paper fits q to outputs; without data it is the q that keeps the norm of the delta.
 *
 * @param ratio bytes in 16 bit over bytes on disk; at least 1
 * @param q {@code norm}, or a number above 0, at most 1
 * @param bits of a value: 1 to 8, or 16
 */
public record DarexQ(double ratio, String q, int bits) implements Method {
    static final String NAME = "darex-q";

    private static final String NORM = "norm";

    public DarexQ {
        Settings.requireRatio(NAME, ratio);
        if (!q.equals(NORM)) {
            double number = number(q);
            boolean holds = number > 0 && number <= 1;
            Settings.require(holds, NAME, "q", "norm or a number in (0, 1]", Settings.quoted(q));
        }
        if (bits != Grid.HALF_BITS) {
            boolean coded = bits >= 1 && bits <= Codebook.MAX_BITS;
            Settings.require(coded, NAME, "bits", "1 to 8 or 16", bits);
        }
    }

    private static double number(String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            return Double.NaN;
        }
    }

    /** The defaults at that ratio. */
    public static DarexQ ratio(double ratio) {
        return new DarexQ(ratio, NORM, Grid.HALF_BITS);
    }

    static DarexQ of(double ratio, Settings settings) {
        DarexQ defaults = ratio(ratio);
        return new DarexQ(
                ratio, settings.text("q", defaults.q), settings.integer("bits", defaults.bits));
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public SortedMap<String, String> parameters() {
        SortedMap<String, String> parameters = new TreeMap<>();
        parameters.put("bits", Integer.toString(bits));
        parameters.put("q", q);
        return parameters;
    }

    @Override
    public Kind kind() {
        return Kind.ENTRIES;
    }

    private Drops drops() {
        Grid grid = Grids.ofBits(Grid.GAUSSIAN, bits);
        Drops.Rescale rescale =
                q.equals(NORM) ? DarexQ::keepNorm : (all, kept) -> 1 / Double.parseDouble(q);
        return Drops.values(Drops::bernoulli, grid, bits, rescale);
    }

    /** 1 / q for the q in [1 - p, 1] with which kept entries have the norm of all. */
    private static double keepNorm(Matrix all, KeptEntries kept) {
        double squares = 0;
        for (int row = 0; row < all.rows(); row++) {
            squares += all.squaredLength(row);
        }
        double keptSquares = kept.squares();
        double matched = keptSquares == 0 ? 1 : Math.sqrt(squares / keptSquares);
        return Math.clamp(matched, 1, Math.max(1, Drops.Rescale.unbiased(all, kept)));
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
