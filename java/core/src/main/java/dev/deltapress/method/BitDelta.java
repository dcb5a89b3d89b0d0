package dev.deltapress.method;

import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.delta.SignBlock;
import dev.deltapress.delta.TensorRecord.Kind;

import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;

/**
 * BitDelta without scale distillation: the sign of every element and one scale, the mean magnitude,
 * which is the one of least squared error (Liu et al., NeurIPS 2024, arXiv 2402.10193, section
 * 3.1).
 *
 * @param ratio bytes in 16 bit over bytes on disk that are asked for; at least 1. What comes out is
 *     always 1 bit for each element
 */
public record BitDelta(double ratio) implements Method {
    static final String NAME = "bitdelta";

    public BitDelta {
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
    public Kind kind() {
        return Kind.SIGNS;
    }

    @Override
    public long leastBytes(int rows, int columns) {
        return SignBlock.byteSize(rows, columns);
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
                    long bytes = SignBlock.byteSize(values.rows(), values.columns());
                    MemorySegment block = MemorySegment.ofArray(new byte[Math.toIntExact(bytes)]);
                    SignBlock.encode(values, block);
                    return block;
                });
    }
}
