package dev.deltapress.method;

import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.delta.EntryBlock;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.delta.PositionWriter;
import dev.deltapress.delta.TensorRecord.Kind;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * UltraDelta: uniform codes, of each of which the same part is kept at random, with positions
 * stored, and more of tensors whose deltas deviate more (Wang et al., NeurIPS 2025, arXiv
 * 2505.13563).
 *
 * @param ratio bytes in 16 bit over bytes on disk; at least 1
 * @param bits b, of a code, 1 to 8
 * @param step how much sparser than the middle third of the model the third of least deviation is,
 *     and denser that of most; in [0, 1)
 * @param gamma kept values are multiplied by gamma / (1 - s); in (0, 1]
 */
public record UltraDelta(double ratio, int bits, double step, double gamma) implements Method {
    static final String NAME = "ultradelta";

    /** Bits that a position takes at usual rates. */
    private static final double USUAL_POSITION = 5;

    public UltraDelta {
        Settings.requireRatio(NAME, ratio);
        Settings.requireBits(NAME, "b", bits);
        Settings.require(step >= 0 && step < 1, NAME, "step", "in [0, 1)", step);
        Settings.require(gamma > 0 && gamma <= 1, NAME, "gamma", "in (0, 1]", gamma);
    }

    /** The defaults at that ratio. */
    public static UltraDelta ratio(double ratio) {
        return new UltraDelta(ratio, 4, 0.01, 1);
    }

    static UltraDelta of(double ratio, Settings settings) {
        UltraDelta defaults = ratio(ratio);
        return new UltraDelta(
                ratio,
                settings.integer("b", defaults.bits),
                settings.number("step", defaults.step),
                settings.number("gamma", defaults.gamma));
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public SortedMap<String, String> parameters() {
        SortedMap<String, String> parameters = new TreeMap<>();
        parameters.put("b", Integer.toString(bits));
        parameters.put("gamma", Double.toString(gamma));
        parameters.put("step", Double.toString(step));
        return parameters;
    }

    @Override
    public Kind kind() {
        return Kind.ENTRIES;
    }

    @Override
    public Sharing sharing() {
        return new MixedSparsity(ratio, bits, step);
    }

    @Override
    public long leastBytes(int rows, int columns) {
        // A position takes at most as many bits as there are entries, 64 here and the offset.
        long position = Long.BYTES + Float.BYTES;
        return EntryBlock.leastBytes(new PositionWriter(1, 0).mask(), bits, rows, false) + position;
    }

    @Override
    public List<MemorySegment> encode(
            Session session, List<Delta> deltas, List<MaskKey> keys, List<Long> budgets) {
        return ElementCoding.encode(
                session,
                deltas,
                keys,
                budgets,
                (values, key, budget) -> {
                    ValuePruning pruning = new ValuePruning(values, key, bits, gamma);
                    long fixed = leastBytes(values.rows(), values.columns());
                    double entries = Math.max(1, (double) values.rows() * values.columns());
                    double perEntry = (budget - fixed) * (double) Byte.SIZE / entries;
                    double rate = perEntry / (bits + USUAL_POSITION);
                    return RateFit.fit(rate * MaskKey.KEEP_ALL, budget, fixed, pruning::encode);
                });
    }
}
