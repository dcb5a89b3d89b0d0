package dev.deltapress.linalg;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;

/**
 * Truncated SVD by randomised block Krylov iteration: the space of a random block of b rows under
 * repeated A Aᵀ is made orthonormal block by block, and A is projected on all of it. Sources: Golub
 * and Underwood, "The block Lanczos method for computing eigenvalues" (1977); Musco and Musco,
 * "Randomized block Krylov methods for stronger and faster approximate singular value
 * decomposition", NIPS 2015, algorithm 2.
 *
 * <p>With Q the basis and Z = Q A its image, the eigenvectors w of Z Zᵀ give u = w Q and s v = w Z.
 * Two products with A per basis vector are all that touches A, and the basis ends at about twice
 * the rank, where subspace iteration takes ten products per component.
 *
 * <p>It ends when the error of the wanted components is close to the best possible at their number,
 * which {@link EnergyQuadrature} estimates. Single vectors are not looked at: in the bulk of a
 * spectrum, where neighbours differ by a part in a thousand, they never settle and need not.
 * docs/decisions/0002 has the measurements.
 */
final class KrylovSvd {

    /** Blocks below which the estimate cannot be trusted. */
    private static final int LEAST_BLOCKS = 4;

    /** Blocks of a multiple of this fill the register tiles of both products. */
    private static final int TILE = 12;

    private final Kernels kernels;
    private final KrylovPlan plan;
    private final ThinQr qr;
    private final SymmetricEigen eigen;

    KrylovSvd(Kernels kernels, KrylovPlan plan) {
        this.kernels = kernels;
        this.plan = plan;
        this.qr = new ThinQr(kernels);
        this.eigen = new SymmetricEigen(kernels);
    }

    /** Rows by which a basis grows: of the sizes that are good, the one that fits its size best. */
    private static int block(int rank, int size, Operand a) {
        // A matrix beyond the caches is worth a pass only for so many columns.
        int least = (long) a.rows() * a.columns() > 1 << 20 ? 2 * TILE : TILE;
        int best = Math.max(least, rank / 11 / TILE * TILE);
        for (int block = best + TILE; block <= rank / 8; block += TILE) {
            if (beyond(size, block) <= beyond(size, best)) {
                best = block;
            }
        }
        return best;
    }

    private static int beyond(int size, int block) {
        return Math.ceilDiv(size, block) * block - size;
    }

    /**
     * Computes as many components as the rule wants.
     *
     * @param arena owns the result
     * @param a scaled to about 1; no more rows than columns
     * @param energy squared Frobenius norm of a
     * @param largest size of the basis beyond which it gives up
     * @return null if it gave up
     */
    @Nullable Triplets compute(Arena arena, Operand a, double energy, RankRule rule, int largest) {
        int side = a.rows();
        int guess = Math.clamp(rule.guess(), 1, side);
        int first = plan.firstLook(guess, side);
        int block = block(guess, first, a);
        int look = Math.max(first, LEAST_BLOCKS * block);
        try (KrylovBasis basis = new KrylovBasis(kernels, a, block, look)) {
            while (look <= largest) {
                while (basis.size() < look) {
                    basis.grow();
                }
                SymmetricEigen.Reduced ritz = eigen.reduce(basis.gram(), basis.size());
                int rank = Math.min(side, rule.wanted(EnergyQuadrature.leading(ritz.values())));
                if (plan.isEarly(basis.size(), rank, side)) {
                    look = plan.firstLook(rank, side);
                } else {
                    try (Arena scratch = Arena.ofShared()) {
                        Matrix w = ritz.vectors(scratch, rank);
                        double excess = excess(basis, ritz.values(), w, energy);
                        if (excess <= plan.tolerance()) {
                            return triplets(arena, basis, w);
                        }
                        look = plan.nextLook(basis.size(), excess, rank, side);
                    }
                }
            }
            return null;
        }
    }

    private static double excess(KrylovBasis basis, double[] theta, Matrix w, double energy) {
        return EnergyQuadrature.excess(
                theta, basis.residuals(w), basis.counts(theta, w), basis.starts(), energy);
    }

    private Triplets triplets(Arena arena, KrylovBasis basis, Matrix w) {
        int rank = w.columns();
        Matrix shortRows = Matrix.allocate(arena, rank, basis.basis().columns());
        Matrix longRows = Matrix.allocate(arena, rank, basis.image().columns());
        kernels.multiply(w, true, basis.basis(), false, shortRows);
        kernels.multiply(w, true, basis.image(), false, longRows);
        qr.orthonormalise(shortRows);
        return Triplets.of(qr, shortRows, longRows);
    }
}
