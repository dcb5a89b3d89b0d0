package dev.deltapress.delta;

/**
 * The orthonormal two-dimensional cosine transform of square patches, DCT-II and its inverse, in
 * f64 with sums in ascending order, so that it gives the same bits everywhere. For one thread.
 */
final class CosineTransform {
    private final int side;

    /** Element (k, i) is the i-th sample of the k-th cosine. */
    private final double[] basis;

    /** The transpose, for loops over neighbours. */
    private final double[] transposed;

    private final double[] between;

    CosineTransform(int side) {
        this.side = side;
        this.basis = new double[side * side];
        this.transposed = new double[side * side];
        this.between = new double[side * side];
        for (int k = 0; k < side; k++) {
            double norm = StrictMath.sqrt((k == 0 ? 1.0 : 2.0) / side);
            for (int i = 0; i < side; i++) {
                double angle = StrictMath.PI * (2 * i + 1) * k / (2.0 * side);
                basis[k * side + i] = norm * StrictMath.cos(angle);
                transposed[i * side + k] = basis[k * side + i];
            }
        }
    }

    /** Replaces a patch, row by row, by its coefficients, that of the mean first. */
    void forward(double[] patch) {
        multiply(basis, patch, between);
        multiply(between, transposed, patch);
    }

    /** The inverse. */
    void inverse(double[] coefficients) {
        multiply(transposed, coefficients, between);
        multiply(between, basis, coefficients);
    }

    /** c = a b, each sum in ascending order of what is summed over. */
    private void multiply(double[] a, double[] b, double[] c) {
        for (int i = 0; i < side; i++) {
            int row = i * side;
            for (int j = 0; j < side; j++) {
                c[row + j] = a[row] * b[j];
            }
            for (int k = 1; k < side; k++) {
                double factor = a[row + k];
                int other = k * side;
                for (int j = 0; j < side; j++) {
                    c[row + j] += factor * b[other + j];
                }
            }
        }
    }
}
