package dev.deltapress.method;

import dev.deltapress.UsageException;

import java.util.SortedMap;
import java.util.TreeMap;

/**
 * ImPart: importance-aware random sparsification of the singular vectors of a delta (Yang et al.,
 * ACL 2025, arXiv 2504.13237, section 3).
 *
 * @param ratio bytes in 16 bit over bytes on disk; at least 1
 * @param beta share of the components dropped beforehand, the paper's beta; in [0, 1)
 * @param c exponent on the singular values, the paper's C; above 0
 * @param paperExact whether the list of sparsity ratios stays as the paper's Algorithm 1 gives it,
 *     leaving what the boundary shift does not spend
 */
public record ImPart(double ratio, double beta, double c, boolean paperExact) implements Method {

    public ImPart {
        if (!(ratio >= 1 && ratio < Double.POSITIVE_INFINITY)) {
            throw new UsageException("impart: ratio must be at least 1, got " + ratio);
        }
        if (!(beta >= 0 && beta < 1)) {
            throw new UsageException("impart: beta must be in [0, 1), got " + beta);
        }
        if (!(c > 0 && c < Double.POSITIVE_INFINITY)) {
            throw new UsageException("impart: C must be above 0, got " + c);
        }
    }

    /** The defaults at that ratio: beta 0.6, C 0.5. */
    public static ImPart ratio(double ratio) {
        return new ImPart(ratio, 0.6, 0.5, false);
    }

    @Override
    public String name() {
        return "impart";
    }

    @Override
    public SortedMap<String, String> parameters() {
        SortedMap<String, String> parameters = new TreeMap<>();
        parameters.put("C", Double.toString(c));
        parameters.put("beta", Double.toString(beta));
        parameters.put("paper_exact", Boolean.toString(paperExact));
        return parameters;
    }
}
