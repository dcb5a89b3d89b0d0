package dev.deltapress.method;

import java.util.Arrays;

/**
 * ImPart's Algorithm 1: how much of each singular vector is dropped, from the singular values (Yang
 * et al., ACL 2025, section 3.2 and appendix A).
 *
 * <p>Names of the paper: alpha is the sparsity of U and V together, beta the share of components
 * dropped beforehand, C the exponent, gamma the mean sparsity among those that remain.
 *
 * @param components how many remain after pre-pruning: floor(rank * (1 - beta))
 * @param gamma mean sparsity of the remaining components, (alpha - beta) / (1 - beta); in [0, 1)
 * @param c exponent on the singular values
 */
record SparsityRatios(int components, double gamma, double c) {

    /**
     * For a list of {@code rank} singular values.
     *
     * @param alpha target sparsity of the factors
     * @param beta pre-prune ratio, at most alpha
     */
    static SparsityRatios of(int rank, double alpha, double beta, double c) {
        int components = (int) Math.floor(rank * (1 - beta));
        return new SparsityRatios(components, (alpha - beta) / (1 - beta), c);
    }

    /**
     * For one matrix: beta is scaled by 2 max(m, n) / (m + n), and lowered to alpha where it would
     * be larger.
     */
    static SparsityRatios of(int rows, int columns, double alpha, double beta, double c) {
        double m = rows;
        double n = columns;
        double scaled = 1 - (1 - beta) * 2 * Math.max(m, n) / (m + n);
        double lowered = Math.max(0, Math.min(scaled, alpha));
        SparsityRatios published = of(Math.min(rows, columns), Math.max(0, alpha), lowered, c);
        return new SparsityRatios(Math.max(1, published.components), published.gamma, c);
    }

    /**
     * The same for ImPart and its ratio: the kept fraction of the factor entries is mn / ((m + n) r
     * R).
     */
    static SparsityRatios of(int rows, int columns, ImPart method) {
        double m = rows;
        double n = columns;
        double alpha = 1 - m * n / ((m + n) * Math.min(m, n) * method.ratio());
        return of(rows, columns, alpha, method.beta(), method.c());
    }

    /**
     * Sparsity of each leading component before the boundary shift: (1 - (s_k / s_1)^C) gamma.
     *
     * @param leading the largest singular values, descending, the first above 0
     */
    double[] unshifted(double[] leading) {
        double[] sparsity = new double[Math.min(leading.length, components)];
        double first = StrictMath.pow(leading[0], c);
        for (int k = 0; k < sparsity.length; k++) {
            sparsity[k] = (1 - StrictMath.pow(leading[k], c) / first) * gamma;
        }
        return sparsity;
    }

    /**
     * Boundary shift: how many components are kept so that the mean sparsity of all {@link
     * #components}, those beyond counted as fully dropped, is at least gamma.
     *
     * @param sparsity of the leading components
     * @return the length of the list; the whole of {@code sparsity} if more components might be
     *     kept
     */
    int keptAfterShift(double[] sparsity) {
        double kept = 0;
        double budget = components * (1 - gamma);
        for (int k = 0; k < sparsity.length; k++) {
            kept += 1 - sparsity[k];
            if (kept > budget) {
                return k;
            }
        }
        return sparsity.length;
    }

    /** The list of Algorithm 1 for all singular values, as published. */
    double[] list(double[] singularValues) {
        double[] sparsity = unshifted(singularValues);
        return Arrays.copyOf(sparsity, keptAfterShift(sparsity));
    }
}
