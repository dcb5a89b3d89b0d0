package dev.deltapress.method;

import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.backend.MatrixView;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.linalg.Matrix;
import dev.deltapress.tensor.DType;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** {@link Method#encode} of methods that look at single elements, on the host. */
final class ElementCoding {

    private ElementCoding() {}

    /** Codes one matrix. */
    @FunctionalInterface
    interface Coder {
        /**
         * Codes a delta.
         *
         * @param values elements of the delta
         * @param budget most bytes of the block
         * @return the block, in memory of the garbage-collected heap
         */
        MemorySegment encode(Matrix values, MaskKey key, long budget);
    }

    /** Codes all matrices, one after the other. */
    static List<MemorySegment> encode(
            Session session,
            List<Delta> deltas,
            List<MaskKey> keys,
            List<Long> budgets,
            Coder coder) {
        List<MemorySegment> blocks = new ArrayList<>();
        for (int i = 0; i < deltas.size(); i++) {
            Delta delta = deltas.get(i);
            try (Arena arena = Arena.ofShared()) {
                Matrix values = Matrix.allocate(arena, delta.rows(), delta.columns());
                session.values(
                        delta,
                        new MatrixView(values.data(), DType.F32, values.rows(), values.columns()));
                blocks.add(coder.encode(values, keys.get(i), budgets.get(i)));
            }
        }
        return blocks;
    }
}
