package dev.deltapress.linalg;

/**
 * The diagonal of least squared error between given factors: the a that minimises |D - U diag(a)
 * Vᵀ| in the Frobenius norm solves (UᵀU ∘ VᵀV) a = diag(Uᵀ D V), where ∘ multiplies element by
 * element.
 */
public final class DiagonalFit {
    /**
     * Added to a diagonal of ones, so that dependent components do not divide by rounding noise.
     */
    static final double RIDGE = 0x1p-30;

    private DiagonalFit() {}

    /**
     * Solves the equations in fp64.
     *
     * @param gramU lower triangle of UᵀU, rank x rank, row-major; overwritten
     * @param gramV lower triangle of VᵀV
     * @param right diagonal of Uᵀ D V
     * @return one number for each component; 0 where a column of U or V is 0
     */
    public static double[] solve(Kernels kernels, double[] gramU, double[] gramV, double[] right) {
        int rank = right.length;
        double[] lengths = new double[rank];
        for (int i = 0; i < rank; i++) {
            lengths[i] = Math.sqrt(gramU[rank * i + i] * gramV[rank * i + i]);
        }
        double[] solution = new double[rank];
        for (int i = 0; i < rank; i++) {
            for (int j = 0; j < i; j++) {
                int at = rank * i + j;
                gramU[at] = divided(gramU[at] * gramV[at], lengths[i] * lengths[j]);
            }
            gramU[rank * i + i] = 1 + RIDGE;
            solution[i] = divided(right[i], lengths[i]);
        }
        Cholesky cholesky = new Cholesky(kernels);
        if (!cholesky.factor(gramU, rank, RIDGE / 2)) {
            throw new IllegalArgumentException("no Gram matrices of finite factors");
        }
        cholesky.solve(gramU, rank, solution);
        for (int i = 0; i < rank; i++) {
            solution[i] = divided(solution[i], lengths[i]);
        }
        return solution;
    }

    private static double divided(double x, double length) {
        return length == 0 ? 0 : x / length;
    }

    /** Inner products of each row of a with the same row of b, in fp64. */
    public static double[] rowProducts(Kernels kernels, Matrix a, Matrix b) {
        double[] products = new double[a.rows()];
        double[] x = new double[a.columns()];
        double[] y = new double[a.columns()];
        for (int i = 0; i < products.length; i++) {
            a.copyRow(i, 0, x.length, x, 0);
            b.copyRow(i, 0, y.length, y, 0);
            products[i] = kernels.dot(x, 0, y, 0, x.length);
        }
        return products;
    }
}
