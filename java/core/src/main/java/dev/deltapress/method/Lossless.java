package dev.deltapress.method;

import dev.deltapress.UsageException;
import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.delta.MaskKey;

import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;

/**
 * Every tensor bit for bit: integer differences of floats in the order of their values, entropy
 * coded, after FM-Delta (Ning et al., NeurIPS 2024). How small that is depends on the models, so
 * there is no ratio to ask for.
 */
public record Lossless() implements Method {
    static final String NAME = "lossless";

    /**
     * @throws UsageException for any ratio but {@link #ratio()}
     */
    static Lossless of(double ratio) {
        Lossless method = new Lossless();
        if (ratio != method.ratio()) {
            throw new UsageException(
                    "lossless: takes no ratio: how small a delta gets depends on the models alone");
        }
        return method;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public SortedMap<String, String> parameters() {
        return Collections.emptySortedMap();
    }

    /** 1: nothing is asked for. */
    @Override
    public double ratio() {
        return 1;
    }

    @Override
    public boolean isLossless() {
        return true;
    }

    @Override
    public long leastBytes(int rows, int columns) {
        return 0;
    }

    /**
     * @throws IllegalStateException always: no tensor becomes factors
     */
    @Override
    public List<MemorySegment> encode(
            Session session, List<Delta> deltas, List<MaskKey> keys, List<Long> budgets) {
        throw new IllegalStateException("lossless has no factor blocks");
    }
}
