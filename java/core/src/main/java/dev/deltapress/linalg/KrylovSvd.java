package dev.deltapress.linalg;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.util.Arrays;

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
 * <p>It ends when the energy (sum of s²) that the wanted components are estimated to gain by going
 * on is a small part of what they miss. Single vectors are not looked at: in the bulk of a
 * spectrum, where neighbours differ by a part in a thousand, they never settle and need not.
 * docs/decisions/0002 has the measurements.
 */
final class KrylovSvd {

    /** Part of the whole energy that fp32 factors do not resolve. */
    private static final double NOISE = 0x1p-26;

    /** Blocks of a multiple of this fill the register tiles of both products. */
    private static final int TILE = 12;

    private final Kernels kernels;
    private final double tolerance;
    private final ThinQr qr;
    private final SymmetricEigen eigen;

    /**
     * @param tolerance excess of the error norm over the best possible, relative to that, at which
     *     the iteration ends
     */
    KrylovSvd(Kernels kernels, double tolerance) {
        this.kernels = kernels;
        this.tolerance = tolerance;
        this.qr = new ThinQr(kernels);
        this.eigen = new SymmetricEigen(kernels);
    }

    /** The size at which a basis is first looked at: measured, a little before most settle. */
    int firstLook(int rank, int side) {
        // Measured at the default of 0.005; three times that settles a tenth of the rank earlier.
        double sooner = 0.09 * Math.clamp(Math.log(tolerance / 0.005), 0, 2);
        return (int) (rank * (1.6 + 2.5 * rank / side - sooner)) + TILE;
    }

    private static int block(int rank, Operand a) {
        // A matrix beyond the caches is worth a pass only for so many columns.
        int least = (long) a.rows() * a.columns() > 1 << 20 ? 2 * TILE : TILE;
        return Math.max(least, rank / 8 / TILE * TILE);
    }

    /** How far the wanted components have got, in terms of energy. */
    private record Progress(double missing, double gain, double decay) {

        /** What is still to be gained where gains fall geometrically. */
        double remaining() {
            return gain / (1 - decay);
        }
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
        try (KrylovBasis basis = new KrylovBasis(kernels, a, block(guess, a))) {
            int look = firstLook(guess, side);
            while (look <= largest) {
                while (basis.size() < look) {
                    basis.grow();
                }
                SymmetricEigen.Reduced ritz = eigen.reduce(basis.gram(), basis.size());
                int rank = Math.min(side, rule.wanted(leading(ritz.values())));
                int least = firstLook(rank, side);
                if (basis.size() < Math.min(least, 5L * rank / 4)) {
                    look = least;
                } else {
                    double[] w = ritz.vectors(rank);
                    Progress progress = progress(basis, ritz.values(), w, rank, energy);
                    double small = Math.max(2 * tolerance * progress.missing(), NOISE * energy);
                    if (progress.remaining() <= small) {
                        return triplets(arena, basis, w, rank);
                    }
                    look = basis.size() + ahead(progress, small, basis.lastBlock());
                }
            }
            return null;
        }
    }

    /** Ritz values that are near to singular values: those of the larger part. */
    private static double[] leading(double[] ritz) {
        return ExactSvd.roots(Arrays.copyOf(ritz, Math.ceilDiv(2 * ritz.length, 3)));
    }

    /**
     * Estimates gains from residuals. Adding the block that spans the residuals r_c of the wanted
     * vectors gains the sum of |r_c|² / (θ_c - μ), to second order, where μ is the Rayleigh
     * quotient of the new directions, for which those of the last block stand; likewise the last
     * block has brought the sum of |w_c|² (θ_c - μ) over its part of each vector. The quotient of
     * the two is taken for the rate at which gains fall.
     */
    private Progress progress(
            KrylovBasis basis, double[] theta, double[] w, int rank, double energy) {
        int size = basis.size();
        int last = basis.lastBlock();
        double quotient = basis.lastQuotient();
        double[] residual = new double[last * last];
        kernels.wideInnerProducts(basis.residual(), basis.residual(), residual, 0, last);
        double captured = 0;
        double gain = 0;
        double before = 0;
        for (int c = 0; c < rank; c++) {
            captured += theta[c];
            double distance = Math.max(theta[c] - quotient, theta[rank - 1] / 10);
            int tail = size * c + size - last;
            double part = kernels.dot(w, tail, w, tail, last);
            before += part * distance;
            gain += distance > 0 ? quadraticForm(residual, w, tail, last) / distance : 0;
        }
        double decay = before > 0 ? Math.min(gain / before, 0.98) : 0;
        return new Progress(Math.max(0, energy - captured), gain, decay);
    }

    /** xᵀ G x, of whose symmetric G the lower triangle is given. */
    private double quadraticForm(double[] g, double[] x, int from, int n) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            double row = 2 * kernels.dot(g, n * i, x, from, i) + g[n * i + i] * x[from + i];
            sum += row * x[from + i];
        }
        return Math.max(0, sum);
    }

    /** Basis vectors until gains that fall at this rate have become small. */
    private static int ahead(Progress progress, double small, int block) {
        double rate = Math.clamp(progress.decay(), 0.3, 0.8);
        double blocks = Math.log(progress.remaining() / small) / -Math.log(rate);
        return block * (int) Math.clamp(blocks, 1, 2);
    }

    private Triplets triplets(Arena arena, KrylovBasis basis, double[] w, int rank) {
        Matrix shortRows = Matrix.allocate(arena, rank, basis.basis().columns());
        Matrix longRows = Matrix.allocate(arena, rank, basis.image().columns());
        try (Arena scratch = Arena.ofShared()) {
            Matrix turn = ExactSvd.narrowed(scratch, w, rank, basis.size());
            kernels.multiply(turn, false, basis.basis(), false, shortRows);
            kernels.multiply(turn, false, basis.image(), false, longRows);
        }
        qr.orthonormalise(shortRows);
        return Triplets.of(qr, shortRows, longRows);
    }
}
