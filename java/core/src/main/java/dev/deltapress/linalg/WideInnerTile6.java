package dev.deltapress.linalg;

import jdk.incubator.vector.DoubleVector;

/** 6 x 4 inner products at once for {@link WideInnerProducts}: 24 accumulators for 32 registers. */
final class WideInnerTile6 {

    static final int ROWS = 6;

    private WideInnerTile6() {}

    /**
     * Stripes of the inner products of 6 rows of a with four of b.
     *
     * @param length elements of each row, a multiple of the number of stripes
     * @param stripes overwritten: stripe s of (i, j) at {@code stripes[(4 * i + j) * stripes + s]}
     */
    static void multiply(
            double[] a,
            int aFrom,
            int aStride,
            double[] b,
            int bFrom,
            int bStride,
            int length,
            double[] stripes) {
        for (int s = 0; s < Kernels.STRIPES_F64; s += WideInnerProducts.LANES.length()) {
            slice(a, aFrom + s, aStride, b, bFrom + s, bStride, length, stripes, s);
        }
    }

    /**
     * The stripes that one vector holds. Accumulators are locals: C2 would box those of an array.
     */
    private static void slice(
            double[] a,
            int aFrom,
            int aStride,
            double[] b,
            int bFrom,
            int bStride,
            int length,
            double[] stripes,
            int slice) {
        DoubleVector zero = DoubleVector.zero(WideInnerProducts.LANES);
        DoubleVector s00 = zero, s01 = zero, s02 = zero, s03 = zero;
        DoubleVector s10 = zero, s11 = zero, s12 = zero, s13 = zero;
        DoubleVector s20 = zero, s21 = zero, s22 = zero, s23 = zero;
        DoubleVector s30 = zero, s31 = zero, s32 = zero, s33 = zero;
        DoubleVector s40 = zero, s41 = zero, s42 = zero, s43 = zero;
        DoubleVector s50 = zero, s51 = zero, s52 = zero, s53 = zero;
        for (int k = 0; k < length; k += Kernels.STRIPES_F64) {
            int p = aFrom + k;
            int q = bFrom + k;
            DoubleVector b0 = DoubleVector.fromArray(WideInnerProducts.LANES, b, q);
            DoubleVector b1 = DoubleVector.fromArray(WideInnerProducts.LANES, b, q + bStride);
            DoubleVector b2 = DoubleVector.fromArray(WideInnerProducts.LANES, b, q + 2 * bStride);
            DoubleVector b3 = DoubleVector.fromArray(WideInnerProducts.LANES, b, q + 3 * bStride);
            DoubleVector a0 = DoubleVector.fromArray(WideInnerProducts.LANES, a, p);
            s00 = a0.fma(b0, s00);
            s01 = a0.fma(b1, s01);
            s02 = a0.fma(b2, s02);
            s03 = a0.fma(b3, s03);
            DoubleVector a1 = DoubleVector.fromArray(WideInnerProducts.LANES, a, p + aStride);
            s10 = a1.fma(b0, s10);
            s11 = a1.fma(b1, s11);
            s12 = a1.fma(b2, s12);
            s13 = a1.fma(b3, s13);
            DoubleVector a2 = DoubleVector.fromArray(WideInnerProducts.LANES, a, p + 2 * aStride);
            s20 = a2.fma(b0, s20);
            s21 = a2.fma(b1, s21);
            s22 = a2.fma(b2, s22);
            s23 = a2.fma(b3, s23);
            DoubleVector a3 = DoubleVector.fromArray(WideInnerProducts.LANES, a, p + 3 * aStride);
            s30 = a3.fma(b0, s30);
            s31 = a3.fma(b1, s31);
            s32 = a3.fma(b2, s32);
            s33 = a3.fma(b3, s33);
            DoubleVector a4 = DoubleVector.fromArray(WideInnerProducts.LANES, a, p + 4 * aStride);
            s40 = a4.fma(b0, s40);
            s41 = a4.fma(b1, s41);
            s42 = a4.fma(b2, s42);
            s43 = a4.fma(b3, s43);
            DoubleVector a5 = DoubleVector.fromArray(WideInnerProducts.LANES, a, p + 5 * aStride);
            s50 = a5.fma(b0, s50);
            s51 = a5.fma(b1, s51);
            s52 = a5.fma(b2, s52);
            s53 = a5.fma(b3, s53);
        }
        s00.intoArray(stripes, slice);
        s01.intoArray(stripes, slice + Kernels.STRIPES_F64);
        s02.intoArray(stripes, slice + 2 * Kernels.STRIPES_F64);
        s03.intoArray(stripes, slice + 3 * Kernels.STRIPES_F64);
        s10.intoArray(stripes, slice + 4 * Kernels.STRIPES_F64);
        s11.intoArray(stripes, slice + 5 * Kernels.STRIPES_F64);
        s12.intoArray(stripes, slice + 6 * Kernels.STRIPES_F64);
        s13.intoArray(stripes, slice + 7 * Kernels.STRIPES_F64);
        s20.intoArray(stripes, slice + 8 * Kernels.STRIPES_F64);
        s21.intoArray(stripes, slice + 9 * Kernels.STRIPES_F64);
        s22.intoArray(stripes, slice + 10 * Kernels.STRIPES_F64);
        s23.intoArray(stripes, slice + 11 * Kernels.STRIPES_F64);
        s30.intoArray(stripes, slice + 12 * Kernels.STRIPES_F64);
        s31.intoArray(stripes, slice + 13 * Kernels.STRIPES_F64);
        s32.intoArray(stripes, slice + 14 * Kernels.STRIPES_F64);
        s33.intoArray(stripes, slice + 15 * Kernels.STRIPES_F64);
        s40.intoArray(stripes, slice + 16 * Kernels.STRIPES_F64);
        s41.intoArray(stripes, slice + 17 * Kernels.STRIPES_F64);
        s42.intoArray(stripes, slice + 18 * Kernels.STRIPES_F64);
        s43.intoArray(stripes, slice + 19 * Kernels.STRIPES_F64);
        s50.intoArray(stripes, slice + 20 * Kernels.STRIPES_F64);
        s51.intoArray(stripes, slice + 21 * Kernels.STRIPES_F64);
        s52.intoArray(stripes, slice + 22 * Kernels.STRIPES_F64);
        s53.intoArray(stripes, slice + 23 * Kernels.STRIPES_F64);
    }
}
