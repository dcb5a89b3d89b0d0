package dev.deltapress.method;

import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.delta.TensorRecord.Kind;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * DARE: entries dropped at random, the others in f16 and divided by the keep rate (Yu et al., ICML
 * 2024, arXiv 2311.03099). The keep rate is what the bytes pay for.
 *
 * @param ratio bytes in 16 bit over bytes on disk; at least 1
 * @param rescale whether kept entries are divided by the keep rate
 */
public record Dare(double ratio, boolean rescale) implements Method {
    static final String NAME = "dare";

    public Dare {
        Settings.requireRatio(NAME, ratio);
    }

    /** The defaults at that ratio. */
    public static Dare ratio(double ratio) {
        return new Dare(ratio, true);
    }

    static Dare of(double ratio, Settings settings) {
        return new Dare(ratio, settings.flag("rescale", true));
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public SortedMap<String, String> parameters() {
        SortedMap<String, String> parameters = new TreeMap<>();
        parameters.put("rescale", Boolean.toString(rescale));
        return parameters;
    }

    @Override
    public Kind kind() {
        return Kind.ENTRIES;
    }

    private Drops drops() {
        return Drops.halves(
                Drops::bernoulli, rescale ? Drops.Rescale::unbiased : Drops.Rescale::none);
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
