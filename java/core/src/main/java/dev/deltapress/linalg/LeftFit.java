package dev.deltapress.linalg;

/**
 * The left factor of least squared error beside a given right one: the U that minimises |D - U Vᵀ|
 * in the Frobenius norm is D V (VᵀV)⁻¹. Columns of V are brought to length 1 before, so that only
 * their directions matter.
 */
public final class LeftFit {
    /** Columns of U' that are solved for together, so that the Cholesky factor is read once. */
    private static final int BLOCK = 32;

    private LeftFit() {}

    /**
     * Solves for U in fp64.
     *
     * @param delta rows x columns
     * @param vt rank x columns; its rows are brought to length 1, those of zeros stay
     * @param ut rank x rows; receives U', with rows of length 1 too, or of zeros
     * @return the lengths that rows of U' had
     */
    public static float[] solve(Kernels kernels, Matrix delta, Matrix vt, Matrix ut) {
        normalise(vt);
        int rank = vt.rows();
        double[] gram = new double[rank * rank];
        kernels.wideInnerProducts(vt, vt, gram, 0, rank);
        for (int i = 0; i < rank; i++) {
            gram[rank * i + i] = withRidge(gram[rank * i + i]);
        }
        Cholesky cholesky = new Cholesky(kernels);
        if (!cholesky.factor(gram, rank, DiagonalFit.RIDGE / 2)) {
            throw new IllegalArgumentException("no Gram matrix of finite factors");
        }
        kernels.multiply(vt, false, delta, true, ut);
        int blocks = Math.ceilDiv(ut.columns(), BLOCK);
        kernels.team().forEach(blocks, block -> solve(cholesky, gram, ut, block * BLOCK));
        return normalise(ut);
    }

    /** A diagonal element of a Gram matrix of columns of length 1, or of zeros. */
    public static double withRidge(double square) {
        return square == 0 ? 1 : square + DiagonalFit.RIDGE;
    }

    private static void solve(Cholesky cholesky, double[] lower, Matrix ut, int from) {
        int rank = ut.rows();
        int count = Math.min(BLOCK, ut.columns() - from);
        double[] right = new double[count * rank];
        float[] row = new float[count];
        for (int c = 0; c < rank; c++) {
            ut.copyRow(c, from, count, row, 0);
            for (int j = 0; j < count; j++) {
                right[rank * j + c] = row[j];
            }
        }
        cholesky.solve(lower, rank, right, count);
        for (int c = 0; c < rank; c++) {
            for (int j = 0; j < count; j++) {
                row[j] = (float) right[rank * j + c];
            }
            ut.setRow(c, from, count, row);
        }
    }

    private static float[] normalise(Matrix factor) {
        float[] lengths = new float[factor.rows()];
        for (int c = 0; c < lengths.length; c++) {
            double length = Math.sqrt(factor.squaredLength(c));
            lengths[c] = (float) length;
            if (length > 0) {
                float[] row = factor.row(c);
                for (int i = 0; i < row.length; i++) {
                    row[i] = (float) (row[i] / length);
                }
                factor.setRow(c, row);
            }
        }
        return lengths;
    }
}
