package dev.deltapress.linalg;

/**
 * The k leading components of a truncated singular value decomposition, A ≈ Σ s_c u_c v_cᵀ.
 *
 * @param ut k x m; row c is the left singular vector u_c
 * @param s the k singular values, descending, none negative
 * @param vt k x n; row c is the right singular vector v_c
 * @param residual relative error of the truncation, ‖A - U S Vᵀ‖ / ‖A‖ in the Frobenius norm, from
 *     the energies (sums of squares) of A and s; 0 for a zero matrix. Below about 3e-4 rounding
 *     hides it.
 */
@SuppressWarnings("ArrayRecordComponent") // read at once, never compared
public record Svd(Matrix ut, float[] s, Matrix vt, double residual) {

    /** k. */
    public int rank() {
        return s.length;
    }
}
