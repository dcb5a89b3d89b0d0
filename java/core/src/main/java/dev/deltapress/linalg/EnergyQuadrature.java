package dev.deltapress.linalg;

import java.util.Arrays;

/**
 * An estimate of the energy (sum of squared singular values) of the leading components of a matrix,
 * from Ritz values that have not settled.
 *
 * <p>A Ritz value of a Krylov space stands for the singular values around it, and how far the
 * random starting vectors lie along its vector says for how many: stochastic Lanczos quadrature
 * (Golub and Meurant, "Matrices, Moments and Quadrature with Applications", 2010, chapter 6; Ubaru,
 * Chen and Saad, "Fast estimation of tr(f(A)) via stochastic Lanczos quadrature", SIAM J. Matrix
 * Anal. Appl. 38, 2017). One that has settled stands for itself alone and brings no noise; else the
 * noise of a few large ones would drown the rest.
 *
 * @param energy the estimate
 * @param deviation its standard deviation
 */
public record EnergyQuadrature(double energy, double deviation) {

    /** Length of a residual, relative to the Ritz value, below which that has settled. */
    private static final double SETTLED = 0x1p-8;

    /** Part of the whole energy that fp32 factors do not resolve. */
    private static final double NOISE = 0x1p-26;

    /** Standard deviations by which an estimate may be wrong. */
    private static final double MARGIN = 3;

    /** Ritz values that are near to squared singular values: roots of the larger part. */
    public static double[] leading(double[] theta) {
        return ExactSvd.roots(Arrays.copyOf(theta, Math.ceilDiv(2 * theta.length, 3)));
    }

    /**
     * By how much the error norm of the components of a Krylov space exceeds the best possible at
     * their number, relative to it, with a margin for the noise of the estimate. The arguments are
     * those of {@link #of}.
     *
     * @param energy squared Frobenius norm of A
     */
    public static double excess(
            double[] theta, double[] residuals, double[] counts, int starts, double energy) {
        double captured = 0;
        for (int c = 0; c < counts.length; c++) {
            captured += theta[c];
        }
        EnergyQuadrature best = of(theta, residuals, counts, starts);
        double most = best.energy() + MARGIN * best.deviation();
        if (most - captured <= NOISE * energy) {
            return 0;
        }
        return most < energy
                ? Math.sqrt((energy - captured) / (energy - most)) - 1
                : Double.MAX_VALUE;
    }

    /**
     * Fills a place for each component wanted, from the largest Ritz value down.
     *
     * @param theta Ritz values of A Aᵀ, descending; at least as many as components are wanted
     * @param residuals squared length of A Aᵀ u - θ u for each component wanted
     * @param counts for how many singular values each of them stands, as the starting vectors say
     * @param starts how many starting vectors there were
     */
    static EnergyQuadrature of(double[] theta, double[] residuals, double[] counts, int starts) {
        int rank = counts.length;
        double places = 0;
        double energy = 0;
        double[] uncertain = new double[rank];
        int c = 0;
        for (; c < rank; c++) {
            boolean settled = residuals[c] < SETTLED * SETTLED * theta[c] * theta[c];
            double count = settled ? 1 : counts[c];
            if (!(places + count < rank)) {
                break;
            }
            places += count;
            energy += count * theta[c];
            uncertain[c] = settled ? 0 : count;
        }
        double edge = rank == 0 ? 0 : theta[Math.min(c, rank - 1)];
        // One place more at the top is one less at the edge.
        double squares = 0;
        for (int i = 0; i < c; i++) {
            squares += uncertain[i] * (theta[i] - edge) * (theta[i] - edge);
        }
        return new EnergyQuadrature(
                energy + (rank - places) * edge, Math.sqrt(2 * squares / starts));
    }
}
