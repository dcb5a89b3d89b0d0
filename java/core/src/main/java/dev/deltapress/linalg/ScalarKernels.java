package dev.deltapress.linalg;

import dev.deltapress.parallel.Team;

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
    public void subtractProduct(
            Matrix a, boolean transposeA, Matrix b, boolean transposeB, Matrix c) {
        Operand left = new Operand(a, transposeA);
        Operand right = new Operand(b, transposeB);
        left.requireProduct(right, c);
        for (int i = 0; i < c.rows(); i++) {
            for (int j = 0; j < c.columns(); j++) {
                float sum = c.get(i, j);
                for (int k = 0; k < left.columns(); k++) {
                    sum = Math.fma(-left.get(i, k), right.get(k, j), sum);
                }
                c.set(i, j, sum);
            }
        }
    }

    @Override
    public SparseProduct sparseProduct(Matrix at, Matrix b) {
        SparseProduct.requireFits(at, b);
        return (row, rows, block, c) -> {
            int width = SparseProduct.width(block, b.columns());
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < width; j++) {
                    float sum = 0;
                    for (int k = 0; k < at.rows(); k++) {
                        float factor = at.get(k, row + i);
                        float other = b.get(k, block * SparseProduct.WIDTH + j);
                        sum = factor == 0 ? sum : Math.fma(factor, other, sum);
                    }
                    c[i * width + j] = sum;
                }
            }
        };
    }

    @Override
    public void innerProducts(Matrix a, Matrix b, Matrix c) {
        new Operand(a, false).requireProduct(new Operand(b, true), c);
        for (int i = 0; i < a.rows(); i++) {
            for (int j = 0; j < b.rows(); j++) {
                float sum = 0;
                for (int chunk = 0; chunk < a.columns(); chunk += INNER_CHUNK) {
                    float[] stripes = new float[STRIPES_F32];
                    int end = Math.min(chunk + INNER_CHUNK, a.columns());
                    for (int k = chunk; k < end; k++) {
                        int s = k % STRIPES_F32;
                        stripes[s] = Math.fma(a.get(i, k), b.get(j, k), stripes[s]);
                    }
                    sum += Kernels.sumOf16(stripes, 0);
                }
                c.set(i, j, sum);
            }
        }
    }

    @Override
    public void wideInnerProducts(Matrix a, Matrix b, double[] c, int from, int stride) {
        for (int i = 0; i < a.rows(); i++) {
            for (int j = 0; j < (a.equals(b) ? i + 1 : b.rows()); j++) {
                double sum = 0;
                for (int chunk = 0; chunk < a.columns(); chunk += INNER_CHUNK) {
                    double[] stripes = new double[STRIPES_F64];
                    int end = Math.min(chunk + INNER_CHUNK, a.columns());
                    for (int k = chunk; k < end; k++) {
                        int s = k % STRIPES_F64;
                        stripes[s] = Math.fma((double) a.get(i, k), b.get(j, k), stripes[s]);
                    }
                    sum += Kernels.sumOf8(stripes, 0);
                }
                c[from + stride * i + j] = sum;
            }
        }
    }

    @Override
    public double dot(double[] x, int xFrom, double[] y, int yFrom, int length) {
        double[] stripes = new double[STRIPES_F64];
        for (int i = 0; i < length; i++) {
            int j = i % STRIPES_F64;
            stripes[j] = Math.fma(x[xFrom + i], y[yFrom + i], stripes[j]);
        }
        return Kernels.sumOf8(stripes, 0);
    }

    @Override
    public void axpy(double alpha, double[] x, int xFrom, double[] y, int yFrom, int length) {
        for (int i = 0; i < length; i++) {
            y[yFrom + i] = Math.fma(alpha, x[xFrom + i], y[yFrom + i]);
        }
    }

    @Override
    public void reduceRows(
            double[] a, int n, int before, double[] w, int next, double[] sums, int from, int to) {
        for (int j = from; j < to; j++) {
            int row = n * j;
            int v = n * before;
            for (int i = 0; before > 0 && i <= j; i++) {
                double x = Math.fma(-a[v + j], w[i], a[row + i]);
                a[row + i] = Math.fma(-w[j], a[v + i], x);
            }
            if (next > 0) {
                int u = n * next;
                double[] stripes = new double[STRIPES_F64];
                for (int i = 0; i < j; i++) {
                    int s = i % STRIPES_F64;
                    stripes[s] = Math.fma(a[row + i], a[u + i], stripes[s]);
                    sums[i] = Math.fma(a[u + j], a[row + i], sums[i]);
                }
                sums[j] += Math.fma(a[row + j], a[u + j], Kernels.sumOf8(stripes, 0));
            }
        }
    }

    @Override
    public Team team() {
        return Team.alone();
    }

    @Override
    public String toString() {
        return "scalar";
    }
}
