package dev.deltapress.method;

import dev.deltapress.method.ThinningPlan.Ratios;

/**
 * Sparsity ratios whose survivors fill a budget of bytes in the mean: ImPart's Algorithm 3 (Yang et
 * al., ACL 2025, appendix), which bisects alpha, with the bytes of a file as its measure.
 *
 * @param beta the paper's, for a square matrix
 * @param c exponent on the singular values
 * @param budget bytes of the block
 */
record FilledRatios(int rows, int columns, double beta, double c, BlockLayout layout, long budget)
        implements Ratios {
    /** Halvings of the range of alpha. */
    private static final int STEPS = 30;

    /** Those that remain after pre-pruning or, if they are more, those that it pays for in full. */
    @Override
    public int most() {
        int affordable = layout.bands().affordable(rows, columns, FactorCoding.roomy(budget));
        int all = Math.min(rows, columns);
        return Math.max(at(1).components(), Math.min(all, affordable + 1));
    }

    @Override
    public SparsityRatios of(double[] leading) {
        double low = 0;
        double high = 1;
        for (int step = 0; step < STEPS; step++) {
            double middle = (low + high) / 2;
            if (meanBytes(at(middle), leading) <= budget) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return at(high);
    }

    private SparsityRatios at(double alpha) {
        return SparsityRatios.of(rows, columns, alpha, beta, c);
    }

    private double meanBytes(SparsityRatios ratios, double[] leading) {
        double[] sparsity = ratios.unshifted(leading);
        int listed = ratios.keptAfterShift(sparsity);
        double bits = 0;
        for (int k = 0; k < listed; k++) {
            bits += (1 - sparsity[k]) * layout.bits(k);
        }
        return layout.headerBytes(listed) + bits * (rows + columns) / Byte.SIZE;
    }
}
