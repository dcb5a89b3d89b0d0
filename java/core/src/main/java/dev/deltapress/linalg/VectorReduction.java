package dev.deltapress.linalg;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;

/** {@link Kernels#reduceRows} of {@link VectorKernels}. */
final class VectorReduction {

    private static final VectorSpecies<Double> LANES = VectorKernels.SHAPE.withLanes(double.class);

    private static final int STRIPES = Kernels.STRIPES_F64;

    private VectorReduction() {}

    static void reduceRows(
            double[] a, int n, int before, double[] w, int next, double[] sums, int from, int to) {
        double[] stripes = new double[STRIPES];
        for (int j = from; j < to; j++) {
            if (before > 0 && next > 0) {
                double sum = both(a, n, before, w, next, sums, j, stripes);
                sums[j] += sum;
            } else if (before > 0) {
                update(a, n * j, -a[n * before + j], w, -w[j], n * before, 0, j + 1);
            } else if (next > 0) {
                double sum = multiply(a, n * j, n * next, a[n * next + j], sums, j, stripes);
                sums[j] += sum;
            }
        }
    }

    private static void update(
            double[] a, int row, double alpha, double[] w, double beta, int v, int from, int to) {
        int i = from;
        for (int end = from + LANES.loopBound(to - from); i < end; i += LANES.length()) {
            DoubleVector x = load(w, i).fma(DoubleVector.broadcast(LANES, alpha), load(a, row + i));
            load(a, v + i).fma(DoubleVector.broadcast(LANES, beta), x).intoArray(a, row + i);
        }
        for (; i < to; i++) {
            double x = Math.fma(alpha, w[i], a[row + i]);
            a[row + i] = Math.fma(beta, a[v + i], x);
        }
    }

    /** Whole groups of stripes, one slice of each at a time, then the rest. */
    private static double both(
            double[] a,
            int n,
            int before,
            double[] w,
            int next,
            double[] sums,
            int j,
            double[] stripes) {
        int row = n * j;
        int v = n * before;
        int u = n * next;
        int whole = j - j % STRIPES;
        for (int slice = 0; slice < STRIPES; slice += LANES.length()) {
            bothSlice(a, row, -a[v + j], w, -w[j], v, u, a[u + j], sums, slice, whole, stripes);
        }
        update(a, row, -a[v + j], w, -w[j], v, whole, j + 1);
        return rest(a, row, u, sums, whole, j, stripes);
    }

    private static void bothSlice(
            double[] a,
            int row,
            double alpha,
            double[] w,
            double beta,
            int v,
            int u,
            double uj,
            double[] sums,
            int slice,
            int end,
            double[] stripes) {
        DoubleVector alphas = DoubleVector.broadcast(LANES, alpha);
        DoubleVector betas = DoubleVector.broadcast(LANES, beta);
        DoubleVector ujs = DoubleVector.broadcast(LANES, uj);
        DoubleVector sum = DoubleVector.zero(LANES);
        for (int i = slice; i < end; i += STRIPES) {
            DoubleVector x = load(w, i).fma(alphas, load(a, row + i));
            x = load(a, v + i).fma(betas, x);
            x.intoArray(a, row + i);
            sum = x.fma(load(a, u + i), sum);
            x.fma(ujs, load(sums, i)).intoArray(sums, i);
        }
        sum.intoArray(stripes, slice);
    }

    private static double multiply(
            double[] a, int row, int u, double uj, double[] sums, int j, double[] stripes) {
        int whole = j - j % STRIPES;
        for (int slice = 0; slice < STRIPES; slice += LANES.length()) {
            multiplySlice(a, row, u, uj, sums, slice, whole, stripes);
        }
        return rest(a, row, u, sums, whole, j, stripes);
    }

    private static void multiplySlice(
            double[] a,
            int row,
            int u,
            double uj,
            double[] sums,
            int slice,
            int end,
            double[] stripes) {
        DoubleVector ujs = DoubleVector.broadcast(LANES, uj);
        DoubleVector sum = DoubleVector.zero(LANES);
        for (int i = slice; i < end; i += STRIPES) {
            DoubleVector x = load(a, row + i);
            sum = x.fma(load(a, u + i), sum);
            x.fma(ujs, load(sums, i)).intoArray(sums, i);
        }
        sum.intoArray(stripes, slice);
    }

    /** The elements after the whole groups, and the diagonal. */
    private static double rest(
            double[] a, int row, int u, double[] sums, int from, int j, double[] stripes) {
        double uj = a[u + j];
        for (int i = from; i < j; i++) {
            stripes[i - from] = Math.fma(a[row + i], a[u + i], stripes[i - from]);
            sums[i] = Math.fma(uj, a[row + i], sums[i]);
        }
        return Math.fma(a[row + j], uj, Kernels.sumOf8(stripes, 0));
    }

    private static DoubleVector load(double[] x, int from) {
        return DoubleVector.fromArray(LANES, x, from);
    }
}
