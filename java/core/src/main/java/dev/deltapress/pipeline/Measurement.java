package dev.deltapress.pipeline;

import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.backend.ErrorSums;
import dev.deltapress.backend.MatrixView;

import java.lang.foreign.Arena;

/** How far a restored matrix is from the tuned one. */
final class Measurement {

    private Measurement() {}

    /**
     * Restores a matrix into memory of its own and compares.
     *
     * @param truth tuned - base
     * @param where names the tensor in errors
     */
    static ErrorSums of(
            Session session,
            MatrixView base,
            MatrixView tuned,
            Delta truth,
            Delta decoded,
            String where) {
        try (Arena arena = Arena.ofShared()) {
            MatrixView restored =
                    new MatrixView(
                            arena.allocate(tuned.data().byteSize(), 64),
                            tuned.dtype(),
                            tuned.rows(),
                            tuned.columns());
            TensorDecoder.requireNoOverflow(session.add(base, decoded, restored), where);
            return session.compare(truth, decoded, tuned, restored);
        }
    }
}
