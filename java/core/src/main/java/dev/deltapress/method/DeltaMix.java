package dev.deltapress.method;

import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.delta.BitGroup;
import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.linalg.RankRule;
import dev.deltapress.method.FactorCoding.Plan;
import dev.deltapress.method.FactorCoding.Refit;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * DeltaMix without data: singular vectors in widths that a 0/1 programme finds for each matrix, and
 * U refitted to the rounded V before it is rounded itself (Xiong et al., 2025, arXiv 2506.11087).
 *
 * @param ratio bytes in 16 bit over bytes on disk; at least 1
 * @param fMax most different widths in a matrix, the paper's f_max, 0 bits counted as one of them;
 *     2 to 10
 * @param grid {@code gaussian} or {@code symmetric}, as in {@link DeltaCome}
 * @param rtc whether U is refitted, the paper's reconstruction target correction; multipliers of
 *     least squared error are found in any case
 */
public record DeltaMix(double ratio, int fMax, String grid, boolean rtc) implements Method {
    static final String NAME = "deltamix";

    public DeltaMix {
        Settings.requireRatio(NAME, ratio);
        boolean allowed = fMax >= 2 && fMax <= MixedWidths.CHOICES;
        Settings.require(allowed, NAME, "f_max", "2 to " + MixedWidths.CHOICES, fMax);
        Grids.parse(NAME, grid);
    }

    /** The defaults at that ratio: all widths, Gaussian levels, U refitted. */
    public static DeltaMix ratio(double ratio) {
        return new DeltaMix(ratio, MixedWidths.CHOICES, Grids.GAUSSIAN, true);
    }

    static DeltaMix of(double ratio, Settings settings) {
        DeltaMix defaults = ratio(ratio);
        return new DeltaMix(
                ratio,
                settings.integer("f_max", defaults.fMax),
                settings.text("grid", defaults.grid),
                settings.flag("rtc", defaults.rtc));
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public SortedMap<String, String> parameters() {
        SortedMap<String, String> parameters = new TreeMap<>();
        parameters.put("f_max", Integer.toString(fMax));
        parameters.put("grid", grid);
        parameters.put("rtc", Boolean.toString(rtc));
        return parameters;
    }

    private MixedWidths widths(int rows, int columns) {
        return new MixedWidths(rows, columns, Grids.parse(NAME, grid), fMax);
    }

    @Override
    public long leastBytes(int rows, int columns) {
        return widths(rows, columns).leastBytes();
    }

    @Override
    public long usable(int rows, int columns, long budget) {
        return widths(rows, columns).usable(budget);
    }

    @Override
    public List<MemorySegment> encode(
            Session session, List<Delta> deltas, List<MaskKey> keys, List<Long> budgets) {
        return FactorCoding.encode(
                session,
                deltas,
                keys,
                budgets,
                (delta, key, budget) -> new MatrixPlan(delta.rows(), delta.columns(), budget),
                rtc ? Refit.LEFT_AND_MULTIPLIERS : Refit.MULTIPLIERS);
    }

    private final class MatrixPlan implements Plan {
        private final int rows;
        private final int columns;
        private final long budget;
        private final MixedWidths widths;

        MatrixPlan(int rows, int columns, long budget) {
            this.rows = rows;
            this.columns = columns;
            this.budget = budget;
            this.widths = widths(rows, columns);
        }

        @Override
        public RankRule rule(double margin) {
            int limit = Math.max(1, widths.affordable(FactorCoding.roomy(budget)));
            // In 2 bits rather than 1.
            int guess = Math.max(1, limit / 2);
            return new RankRule(guess, s -> Math.min(limit, wanted(s, margin)));
        }

        private int wanted(double[] values, double margin) {
            double[] leading = Spectrum.aboveNoise(values, rows, columns);
            int kept = widths.components(leading, FactorCoding.roomy(budget));
            boolean open = kept == leading.length && leading.length == values.length;
            return (int) (margin * kept) + (open ? values.length : 2);
        }

        /** None where all components are worth their bits although there are more. */
        @Override
        public @Nullable FactorBlock block(float[] values) {
            return block(values, budget);
        }

        @Override
        public @Nullable FactorBlock block(float[] values, long other) {
            double[] leading = Spectrum.aboveNoise(values, rows, columns);
            List<BitGroup> groups = widths.groups(leading, other);
            int kept = MixedWidths.components(groups);
            boolean more = values.length < widths.affordable(other);
            if (more && kept == values.length) {
                return null;
            }
            long[] thresholds = new long[kept];
            Arrays.fill(thresholds, MaskKey.KEEP_ALL);
            float[] s = Arrays.copyOf(values, kept);
            return new FactorBlock(rows, columns, 1, s, thresholds, groups, /* compact= */ true);
        }
    }
}
