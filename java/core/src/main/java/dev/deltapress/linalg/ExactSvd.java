package dev.deltapress.linalg;

/**
 * SVD through the Gram matrix of the short side, in fp64: G = A Aᵀ = W Λ Wᵀ, B = Wᵀ A, and the rows
 * of B are s_c v_c.
 *
 * <p>A is reproduced by W B to fp64 accuracy whatever the spectrum, since W is orthogonal. The rows
 * of B are orthogonal up to 2^-53 s_1². Below about 4e-5 s_1 that is more than fp32 accuracy of
 * their directions allows, so they are orthonormalised in descending order, which moves a row by at
 * most 2^-53 s_1² / s_c for each earlier row c, or by its own length. Either is below the
 * resolution of the data: errors of singular values and of the product stay within a small multiple
 * of 2^-24 s_1, as with any backward stable method in fp32.
 */
final class ExactSvd {

    private final WideProducts wide;
    private final SymmetricEigen eigen;
    private final ThinQr qr;

    ExactSvd(Kernels kernels) {
        this.wide = new WideProducts(kernels);
        this.eigen = new SymmetricEigen(kernels);
        this.qr = new ThinQr(kernels);
    }

    /**
     * Computes as many components as the results have rows.
     *
     * @param a scaled to about 1; no more rows than columns
     * @param shortRows overwritten: row c is the singular vector on the side of the rows of a
     * @param longRows overwritten: row c is the singular vector on the side of the columns
     * @return singular values, descending
     */
    double[] compute(Operand a, Matrix shortRows, Matrix longRows) {
        int n = a.rows();
        double[] gram = wide.gram(a.matrix(), a.transposed());
        double[] w = eigen.decompose(gram, n, shortRows.rows()).vectors();
        wide.multiply(w, a, longRows);
        double[] s = qr.orthonormalise(longRows);
        for (int c = 0; c < s.length; c++) {
            // Rounding may leave a noise value above the one before it.
            s[c] = c == 0 ? s[c] : Math.min(s[c], s[c - 1]);
            for (int i = 0; i < n; i++) {
                shortRows.set(c, i, (float) w[n * c + i]);
            }
        }
        return s;
    }
}
