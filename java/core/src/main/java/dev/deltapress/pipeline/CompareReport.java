package dev.deltapress.pipeline;

import dev.deltapress.method.Method;
import dev.deltapress.tensor.Shape;

import java.util.List;

/**
 * What comparing methods on a pair gave.
 *
 * @param outcomes one for each method and ratio, in the order of the request
 * @param spectra of some of the largest matrices
 * @param seconds of everything: compressing, verifying, spectra
 */
public record CompareReport(
        List<Outcome> outcomes,
        List<Spectrum> spectra,
        String backend,
        long seed,
        double seconds,
        long peakRssBytes) {

    public CompareReport {
        outcomes = List.copyOf(outcomes);
        spectra = List.copyOf(spectra);
    }

    /** What became of a method at its ratio. */
    public sealed interface Outcome {
        Method method();
    }

    /**
     * A delta was written and read back.
     *
     * @param compressed bytes and seconds
     * @param verified errors of what was read back from the file
     */
    public record Reached(Method method, CompressReport compressed, VerifyReport verified)
            implements Outcome {}

    /**
     * The method cannot go that far on this pair.
     *
     * @param reason one line, which names the best ratio
     */
    public record Unreached(Method method, String reason) implements Outcome {}

    /**
     * The leading singular values of the delta of a matrix.
     *
     * @param tensor its label where it has one, else its name; of a 3-D tensor the first matrix is
     *     taken
     * @param shape of the tensor
     * @param values descending
     */
    public record Spectrum(String tensor, Shape shape, List<Float> values) {

        public Spectrum {
            values = List.copyOf(values);
        }
    }
}
