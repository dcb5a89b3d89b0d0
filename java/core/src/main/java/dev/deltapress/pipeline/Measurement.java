package dev.deltapress.pipeline;

import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Measured;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.backend.ErrorSums;
import dev.deltapress.backend.MatrixView;

/** How far a restored matrix is from the tuned one. */
final class Measurement {

    private Measurement() {}

    /**
     * Restores a matrix in the backend's memory and compares.
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
        Measured measured = session.measure(truth, decoded, tuned, base);
        TensorDecoder.requireNoOverflow(measured.overflows(), where);
        return measured.errors();
    }
}
