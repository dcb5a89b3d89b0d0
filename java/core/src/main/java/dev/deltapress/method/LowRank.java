package dev.deltapress.method;

import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.delta.Grid;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.method.FactorCoding.Refit;

import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;

/**
 * LowRank: the truncated SVD of a delta in f16 (Ryu et al., "Efficient Storage of Fine-Tuned Models
 * via Low-Rank Approximation of Weight Residuals", 2023, arXiv 2305.18425), with as many components
 * as the bytes pay for.
 *
 * @param ratio bytes in 16 bit over bytes on disk; at least 1
 */
public record LowRank(double ratio) implements Method {
    static final String NAME = "lowrank";

    private static final Bands HALVES = new Bands(List.of(Bands.rest(Grid.HALF_BITS)));

    public LowRank {
        Settings.requireRatio(NAME, ratio);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public SortedMap<String, String> parameters() {
        return Collections.emptySortedMap();
    }

    @Override
    public long leastBytes(int rows, int columns) {
        return HALVES.leastBytes(rows, columns);
    }

    @Override
    public long usable(int rows, int columns, long budget) {
        return HALVES.usable(rows, columns, budget);
    }

    @Override
    public List<MemorySegment> encode(
            Session session, List<Delta> deltas, List<MaskKey> keys, List<Long> budgets) {
        return FactorCoding.encode(
                session,
                deltas,
                keys,
                budgets,
                (delta, key, budget) -> HALVES.plan(delta, budget, Grid.HALF),
                Refit.NONE);
    }
}
