package dev.deltapress.linalg;

/** The meaning of every kernel, in plain loops; never tuned. */
final class ScalarKernels implements Kernels {

    @Override
    public void multiply(Matrix a, boolean transposeA, Matrix b, boolean transposeB, Matrix c) {
        Operand left = new Operand(a, transposeA);
        Operand right = new Operand(b, transposeB);
        left.requireProduct(right, c);
        for (int i = 0; i < c.rows(); i++) {
            for (int j = 0; j < c.columns(); j++) {
                float sum = 0;
                for (int k = 0; k < left.columns(); k++) {
                    sum = Math.fma(left.get(i, k), right.get(k, j), sum);
                }
                c.set(i, j, sum);
            }
        }
    }

    @Override
    public double dot(double[] x, int xFrom, double[] y, int yFrom, int length) {
        double[] stripes = new double[STRIPES];
        for (int i = 0; i < length; i++) {
            int j = i % STRIPES;
            stripes[j] = Math.fma(x[xFrom + i], y[yFrom + i], stripes[j]);
        }
        return Kernels.sumOfStripes(stripes);
    }

    @Override
    public void axpy(double alpha, double[] x, int xFrom, double[] y, int yFrom, int length) {
        for (int i = 0; i < length; i++) {
            y[yFrom + i] = Math.fma(alpha, x[xFrom + i], y[yFrom + i]);
        }
    }

    @Override
    public void rotateRows(double[] strip, RotationSweep sweep) {
        for (int t = 0; t < sweep.count(); t++) {
            int upper = (sweep.bottomRow() - 1 - t) * STRIP;
            int lower = upper + STRIP;
            double c = sweep.cosines()[sweep.from() + t];
            double s = sweep.sines()[sweep.from() + t];
            for (int j = 0; j < STRIP; j++) {
                double zUpper = strip[upper + j];
                double zLower = strip[lower + j];
                strip[lower + j] = Math.fma(s, zUpper, c * zLower);
                strip[upper + j] = Math.fma(c, zUpper, -(s * zLower));
            }
        }
    }

    @Override
    public String toString() {
        return "scalar";
    }
}
