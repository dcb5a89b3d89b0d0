package dev.deltapress.linalg;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;

/** {@link Kernels#reflectRows} of {@link VectorKernels}, four rows at a time. */
final class VectorReflection {

    private static final VectorSpecies<Double> LANES = VectorKernels.SHAPE.withLanes(double.class);

    private static final int STRIPES = Kernels.STRIPES_F64;

    private VectorReflection() {}

    static void reflectRows(
            double[] vs, int v, double h, double[] z, int zFrom, int stride, int rows, int length) {
        double[] stripes = new double[4 * STRIPES];
        int r = 0;
        for (; r + 4 <= rows; r += 4) {
            reflect4(vs, v, h, z, zFrom + stride * r, stride, length, stripes);
        }
        for (; r < rows; r++) {
            // A row by itself, four times over: few of them, and no second kernel.
            reflect1(vs, v, h, z, zFrom + stride * r, length, stripes);
        }
    }

    private static void reflect4(
            double[] vs, int v, double h, double[] z, int at, int stride, int length, double[] d) {
        int whole = length - length % STRIPES;
        for (int slice = 0; slice < STRIPES; slice += LANES.length()) {
            dot4(vs, v, z, at, stride, slice, whole, d);
        }
        double factor0 = -finish(vs, v, z, at, whole, length, d, 0) / h;
        double factor1 = -finish(vs, v, z, at + stride, whole, length, d, STRIPES) / h;
        double factor2 = -finish(vs, v, z, at + 2 * stride, whole, length, d, 2 * STRIPES) / h;
        double factor3 = -finish(vs, v, z, at + 3 * stride, whole, length, d, 3 * STRIPES) / h;
        int end = LANES.loopBound(length);
        for (int i = 0; i < end; i += LANES.length()) {
            DoubleVector x = load(vs, v + i);
            int p = at + i;
            x.fma(broadcast(factor0), load(z, p)).intoArray(z, p);
            x.fma(broadcast(factor1), load(z, p + stride)).intoArray(z, p + stride);
            x.fma(broadcast(factor2), load(z, p + 2 * stride)).intoArray(z, p + 2 * stride);
            x.fma(broadcast(factor3), load(z, p + 3 * stride)).intoArray(z, p + 3 * stride);
        }
        for (int i = end; i < length; i++) {
            int p = at + i;
            z[p] = Math.fma(factor0, vs[v + i], z[p]);
            z[p + stride] = Math.fma(factor1, vs[v + i], z[p + stride]);
            z[p + 2 * stride] = Math.fma(factor2, vs[v + i], z[p + 2 * stride]);
            z[p + 3 * stride] = Math.fma(factor3, vs[v + i], z[p + 3 * stride]);
        }
    }

    private static void reflect1(
            double[] vs, int v, double h, double[] z, int at, int length, double[] d) {
        int whole = length - length % STRIPES;
        for (int slice = 0; slice < STRIPES; slice += LANES.length()) {
            dot4(vs, v, z, at, 0, slice, whole, d);
        }
        double factor = -finish(vs, v, z, at, whole, length, d, 0) / h;
        for (int i = 0; i < length; i++) {
            z[at + i] = Math.fma(factor, vs[v + i], z[at + i]);
        }
    }

    /** The stripes that one vector holds, of four rows. */
    private static void dot4(
            double[] vs,
            int v,
            double[] z,
            int at,
            int stride,
            int slice,
            int end,
            double[] stripes) {
        DoubleVector sum0 = DoubleVector.zero(LANES);
        DoubleVector sum1 = sum0;
        DoubleVector sum2 = sum0;
        DoubleVector sum3 = sum0;
        for (int i = slice; i < end; i += STRIPES) {
            DoubleVector x = load(vs, v + i);
            int p = at + i;
            sum0 = x.fma(load(z, p), sum0);
            sum1 = x.fma(load(z, p + stride), sum1);
            sum2 = x.fma(load(z, p + 2 * stride), sum2);
            sum3 = x.fma(load(z, p + 3 * stride), sum3);
        }
        sum0.intoArray(stripes, slice);
        sum1.intoArray(stripes, slice + STRIPES);
        sum2.intoArray(stripes, slice + 2 * STRIPES);
        sum3.intoArray(stripes, slice + 3 * STRIPES);
    }

    private static double finish(
            double[] vs, int v, double[] z, int at, int from, int length, double[] d, int stripes) {
        for (int i = from; i < length; i++) {
            int s = stripes + i - from;
            d[s] = Math.fma(vs[v + i], z[at + i], d[s]);
        }
        return Kernels.sumOf8(d, stripes);
    }

    private static DoubleVector load(double[] x, int from) {
        return DoubleVector.fromArray(LANES, x, from);
    }

    private static DoubleVector broadcast(double x) {
        return DoubleVector.broadcast(LANES, x);
    }
}
