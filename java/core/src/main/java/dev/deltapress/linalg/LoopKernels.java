package dev.deltapress.linalg;

import dev.deltapress.parallel.Team;

import java.util.Arrays;

/**
 * Plain loops over arrays, in the shapes that C2 turns into vector instructions by itself, equal
 * bit for bit to {@link ScalarKernels}. They need no module and no warming up: for a small model
 * they are done before {@link VectorKernels} would be compiled.
 */
final class LoopKernels implements Kernels {

    /** Rows and columns of B at hand: 512 kB, for the L2 cache. */
    private static final int DEPTH = 64;

    private static final int WIDTH = 2048;

    /** Rows of C or of b that one step takes. */
    private static final int ROWS = 16;

    private final Team team;

    LoopKernels(Team team) {
        this.team = team;
    }

    @Override
    public Team team() {
        return team;
    }

    @Override
    public void multiply(Matrix a, boolean transposeA, Matrix b, boolean transposeB, Matrix c) {
        product(new Operand(a, transposeA), new Operand(b, transposeB), c, false);
    }

    @Override
    public void subtractProduct(
            Matrix a, boolean transposeA, Matrix b, boolean transposeB, Matrix c) {
        product(new Operand(a, transposeA), new Operand(b, transposeB), c, true);
    }

    private void product(Operand a, Operand b, Matrix c, boolean subtract) {
        a.requireProduct(b, c);
        for (int column = 0; column < c.columns(); column += WIDTH) {
            int first = column;
            int width = Math.min(WIDTH, c.columns() - column);
            float[][] block = new float[DEPTH][width];
            int k = 0;
            do { // once at least: an empty sum is zero, not what C held before
                int from = k;
                int depth = Math.min(DEPTH, a.columns() - k);
                b.copyRows(k, depth, column, width, block);
                boolean add = subtract || k > 0;
                team.forEach(
                        Math.ceilDiv(c.rows(), ROWS),
                        step -> {
                            int top = step * ROWS;
                            int rows = Math.min(ROWS, c.rows() - top);
                            float[][] factors = new float[rows][DEPTH];
                            a.copyRows(top, rows, from, depth, factors);
                            float[] line = new float[width];
                            for (int i = 0; i < rows; i++) {
                                if (subtract) {
                                    negate(factors[i]);
                                }
                                if (add) {
                                    c.copyRow(top + i, first, width, line, 0);
                                } else {
                                    Arrays.fill(line, 0);
                                }
                                addRows(line, factors[i], depth, block);
                                c.setRow(top + i, first, width, line);
                            }
                        });
                k += DEPTH;
            } while (k < a.columns());
        }
    }

    private static void negate(float[] x) {
        for (int i = 0; i < x.length; i++) {
            x[i] = -x[i];
        }
    }

    /** line += factors times the rows of the block, in their order. */
    static void addRows(float[] line, float[] factors, int depth, float[][] block) {
        int k = 0;
        for (; k + 4 <= depth; k += 4) {
            float[] b0 = block[k];
            float[] b1 = block[k + 1];
            float[] b2 = block[k + 2];
            float[] b3 = block[k + 3];
            add4(line, factors[k], factors[k + 1], factors[k + 2], factors[k + 3], b0, b1, b2, b3);
        }
        for (; k < depth; k++) {
            add1(line, factors[k], block[k]);
        }
    }

    /** C2 vectorises loops whose arrays all have the same index, and no others. */
    private static void add4(
            float[] line,
            float f0,
            float f1,
            float f2,
            float f3,
            float[] b0,
            float[] b1,
            float[] b2,
            float[] b3) {
        for (int j = 0; j < line.length; j++) {
            float sum = Math.fma(f0, b0[j], line[j]);
            sum = Math.fma(f1, b1[j], sum);
            sum = Math.fma(f2, b2[j], sum);
            line[j] = Math.fma(f3, b3[j], sum);
        }
    }

    private static void add1(float[] line, float factor, float[] row) {
        for (int j = 0; j < line.length; j++) {
            line[j] = Math.fma(factor, row[j], line[j]);
        }
    }

    @Override
    public SparseProduct sparseProduct(Matrix at, Matrix b) {
        return new LoopSparseProduct(at, b);
    }

    @Override
    public void innerProducts(Matrix a, Matrix b, Matrix c) {
        new Operand(a, false).requireProduct(new Operand(b, true), c);
        team.forEach(
                Math.ceilDiv(b.rows(), ROWS),
                step -> {
                    float[] x = new float[INNER_CHUNK];
                    float[] y = new float[ROWS * INNER_CHUNK];
                    float[] sums = new float[a.rows() * ROWS];
                    float[] stripes = new float[STRIPES_F32];
                    int first = step * ROWS;
                    int rows = Math.min(ROWS, b.rows() - first);
                    for (int column = 0; column < a.columns(); column += INNER_CHUNK) {
                        int width = Math.min(INNER_CHUNK, a.columns() - column);
                        for (int j = 0; j < rows; j++) {
                            b.copyRow(first + j, column, width, y, j * INNER_CHUNK);
                        }
                        for (int i = 0; i < a.rows(); i++) {
                            a.copyRow(i, column, width, x, 0);
                            for (int j = 0; j < rows; j++) {
                                sums[ROWS * i + j] +=
                                        innerProduct(x, y, j * INNER_CHUNK, width, stripes);
                            }
                        }
                    }
                    for (int i = 0; i < a.rows(); i++) {
                        for (int j = 0; j < rows; j++) {
                            c.set(i, first + j, sums[ROWS * i + j]);
                        }
                    }
                });
    }

    /** Sixteen stripes, of which eight are at work at a time: more would not fit the registers. */
    private static float innerProduct(float[] x, float[] y, int from, int length, float[] s) {
        int whole = length - length % STRIPES_F32;
        for (int slice = 0; slice < STRIPES_F32; slice += 8) {
            float s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
            for (int k = slice; k < whole; k += STRIPES_F32) {
                int q = from + k;
                s0 = Math.fma(x[k], y[q], s0);
                s1 = Math.fma(x[k + 1], y[q + 1], s1);
                s2 = Math.fma(x[k + 2], y[q + 2], s2);
                s3 = Math.fma(x[k + 3], y[q + 3], s3);
                s4 = Math.fma(x[k + 4], y[q + 4], s4);
                s5 = Math.fma(x[k + 5], y[q + 5], s5);
                s6 = Math.fma(x[k + 6], y[q + 6], s6);
                s7 = Math.fma(x[k + 7], y[q + 7], s7);
            }
            s[slice] = s0;
            s[slice + 1] = s1;
            s[slice + 2] = s2;
            s[slice + 3] = s3;
            s[slice + 4] = s4;
            s[slice + 5] = s5;
            s[slice + 6] = s6;
            s[slice + 7] = s7;
        }
        for (int k = whole; k < length; k++) {
            s[k - whole] = Math.fma(x[k], y[from + k], s[k - whole]);
        }
        return Kernels.sumOf16(s, 0);
    }

    @Override
    public void wideInnerProducts(Matrix a, Matrix b, double[] c, int from, int stride) {
        boolean symmetric = a.equals(b);
        team.forEach(
                Math.ceilDiv(b.rows(), ROWS),
                step -> {
                    double[] x = new double[INNER_CHUNK];
                    double[] y = new double[ROWS * INNER_CHUNK];
                    double[] sums = new double[a.rows() * ROWS];
                    int first = step * ROWS;
                    int rows = Math.min(ROWS, b.rows() - first);
                    int firstRow = symmetric ? first : 0;
                    for (int column = 0; column < a.columns(); column += INNER_CHUNK) {
                        int width = Math.min(INNER_CHUNK, a.columns() - column);
                        for (int j = 0; j < rows; j++) {
                            b.copyRow(first + j, column, width, y, j * INNER_CHUNK);
                        }
                        for (int i = firstRow; i < a.rows(); i++) {
                            a.copyRow(i, column, width, x, 0);
                            int end = symmetric ? Math.min(rows, i - first + 1) : rows;
                            for (int j = 0; j < end; j++) {
                                sums[ROWS * i + j] += innerProduct(x, 0, y, j * INNER_CHUNK, width);
                            }
                        }
                    }
                    for (int i = firstRow; i < a.rows(); i++) {
                        int end = symmetric ? Math.min(rows, i - first + 1) : rows;
                        for (int j = 0; j < end; j++) {
                            c[from + stride * i + first + j] = sums[ROWS * i + j];
                        }
                    }
                });
    }

    /** In {@link #STRIPES_F64} stripes. */
    private static double innerProduct(double[] x, int p, double[] y, int q, int length) {
        double s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
        int whole = length - length % STRIPES_F64;
        for (int k = 0; k < whole; k += STRIPES_F64) {
            s0 = Math.fma(x[p + k], y[q + k], s0);
            s1 = Math.fma(x[p + k + 1], y[q + k + 1], s1);
            s2 = Math.fma(x[p + k + 2], y[q + k + 2], s2);
            s3 = Math.fma(x[p + k + 3], y[q + k + 3], s3);
            s4 = Math.fma(x[p + k + 4], y[q + k + 4], s4);
            s5 = Math.fma(x[p + k + 5], y[q + k + 5], s5);
            s6 = Math.fma(x[p + k + 6], y[q + k + 6], s6);
            s7 = Math.fma(x[p + k + 7], y[q + k + 7], s7);
        }
        double[] s = {s0, s1, s2, s3, s4, s5, s6, s7};
        for (int k = whole; k < length; k++) {
            s[k - whole] = Math.fma(x[p + k], y[q + k], s[k - whole]);
        }
        return Kernels.sumOf8(s, 0);
    }

    @Override
    public double dot(double[] x, int xFrom, double[] y, int yFrom, int length) {
        return innerProduct(x, xFrom, y, yFrom, length);
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
            if (before > 0) {
                update(a, row, -a[n * before + j], w, -w[j], n * before, j + 1);
            }
            if (next > 0) {
                double sum = innerProduct(a, row, a, n * next, j);
                axpy(a[n * next + j], a, row, sums, 0, j);
                sums[j] += Math.fma(a[row + j], a[n * next + j], sum);
            }
        }
    }

    private static void update(
            double[] a, int row, double alpha, double[] w, double beta, int v, int length) {
        for (int i = 0; i < length; i++) {
            double x = Math.fma(alpha, w[i], a[row + i]);
            a[row + i] = Math.fma(beta, a[v + i], x);
        }
    }

    @Override
    public String toString() {
        return "loops";
    }
}
