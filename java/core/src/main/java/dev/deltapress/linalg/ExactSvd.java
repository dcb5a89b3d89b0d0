package dev.deltapress.linalg;

import java.lang.foreign.Arena;

/**
 * SVD through the Gram matrix of the short side, in fp64: G = A Aᵀ = Wᵀ Λ W, B = W A, and the rows
 * of B are s_c v_c.
 *
 * <p>A is reproduced by Wᵀ B to fp32 accuracy whatever the spectrum, since W is orthogonal. The
 * rows of B are orthogonal up to 2^-24 s_1², more than fp32 accuracy of their directions allows
 * where s_c is small, so they are orthonormalised in descending order, which moves a row by at most
 * 2^-24 s_1² / s_c for each earlier row c, or by its own length. Either is below the resolution of
 * the data: errors of singular values and of the product stay within a small multiple of 2^-24 s_1,
 * as with any backward stable method in fp32.
 */
final class ExactSvd {

    private final Kernels kernels;
    private final SymmetricEigen eigen;
    private final ThinQr qr;

    ExactSvd(Kernels kernels) {
        this.kernels = kernels;
        this.eigen = new SymmetricEigen(kernels);
        this.qr = new ThinQr(kernels);
    }

    /**
     * Computes as many components as the rule wants.
     *
     * @param arena owns the result
     * @param a scaled to about 1; no more rows than columns
     */
    Triplets compute(Arena arena, Operand a, RankRule rule) {
        int n = a.rows();
        double[] gram = new double[Math.multiplyExact(n, n)];
        a.wideGram(kernels, gram);
        SymmetricEigen.Reduced reduced = eigen.reduce(gram, n);
        int rank = Math.min(n, rule.wanted(roots(reduced.values())));
        Matrix shortRows = shortRows(arena, reduced, rank);
        Matrix longRows = Matrix.allocate(arena, rank, a.columns());
        kernels.multiply(shortRows, false, a.matrix(), a.transposed(), longRows);
        return Triplets.of(qr, shortRows, longRows);
    }

    /** Singular values from the eigenvalues of the Gram matrix. */
    static double[] roots(double[] eigenvalues) {
        double[] roots = new double[eigenvalues.length];
        for (int c = 0; c < roots.length; c++) {
            roots[c] = Math.sqrt(Math.max(0, eigenvalues[c]));
        }
        return roots;
    }

    private Matrix shortRows(Arena arena, SymmetricEigen.Reduced reduced, int rank) {
        try (Arena scratch = Arena.ofShared()) {
            Matrix columns = reduced.vectors(scratch, rank);
            Matrix rows = new Operand(columns, true).upright(arena).matrix();
            qr.orthonormalise(rows);
            return rows;
        }
    }
}
