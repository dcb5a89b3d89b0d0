package dev.deltapress.pipeline;

import java.util.List;

/**
 * What verifying found; whatever is wrong is an exception instead.
 *
 * @param checked what was compared: checksums, fingerprints, errors
 * @param relativeError as in {@link CompressReport}; NaN without base and tuned model
 * @param restoredRelativeError as in {@link CompressReport}; NaN without base and tuned model
 */
public record VerifyReport(
        List<String> checked,
        List<TensorReport> tensors,
        double relativeError,
        double restoredRelativeError,
        double seconds) {

    public VerifyReport {
        checked = List.copyOf(checked);
        tensors = List.copyOf(tensors);
    }
}
