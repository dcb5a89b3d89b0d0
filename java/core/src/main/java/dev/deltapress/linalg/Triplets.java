package dev.deltapress.linalg;

/**
 * Singular triplets of op(A), which has no more rows than columns.
 *
 * @param shortRows row c is the singular vector on the side of the rows of op(A)
 * @param s singular values, descending
 * @param longRows row c is the singular vector on the side of the columns
 */
@SuppressWarnings("ArrayRecordComponent") // read at once, never compared
record Triplets(Matrix shortRows, double[] s, Matrix longRows) {

    /**
     * Triplets from vectors on the short side and their images.
     *
     * @param images rows s_c v_c, about orthogonal, descending; made orthonormal in place
     */
    static Triplets of(ThinQr qr, Matrix shortRows, Matrix images) {
        double[] s = qr.orthonormalise(images);
        for (int c = 1; c < s.length; c++) {
            // Rounding may leave a noise value above the one before it.
            s[c] = Math.min(s[c], s[c - 1]);
        }
        return new Triplets(shortRows, s, images);
    }
}
