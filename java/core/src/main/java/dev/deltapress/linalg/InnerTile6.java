package dev.deltapress.linalg;

import jdk.incubator.vector.FloatVector;

/** 6 x 4 inner products at once for {@link InnerProducts}: 24 accumulators for 32 registers. */
final class InnerTile6 {

    static final int ROWS = 6;

    private InnerTile6() {}

    /**
     * Stripes of the inner products of 6 rows of a with four of b.
     *
     * @param length elements of each row, a multiple of the number of stripes
     * @param stripes overwritten: stripe s of (i, j) at {@code stripes[(4 * i + j) * stripes + s]}
     */
    static void multiply(
            float[] a,
            int aFrom,
            int aStride,
            float[] b,
            int bFrom,
            int bStride,
            int length,
            float[] stripes) {
        for (int s = 0; s < Kernels.STRIPES_F32; s += InnerProducts.LANES.length()) {
            slice(a, aFrom + s, aStride, b, bFrom + s, bStride, length, stripes, s);
        }
    }

    /**
     * The stripes that one vector holds. Accumulators are locals: C2 would box those of an array.
     */
    private static void slice(
            float[] a,
            int aFrom,
            int aStride,
            float[] b,
            int bFrom,
            int bStride,
            int length,
            float[] stripes,
            int slice) {
        FloatVector zero = FloatVector.zero(InnerProducts.LANES);
        FloatVector s00 = zero, s01 = zero, s02 = zero, s03 = zero;
        FloatVector s10 = zero, s11 = zero, s12 = zero, s13 = zero;
        FloatVector s20 = zero, s21 = zero, s22 = zero, s23 = zero;
        FloatVector s30 = zero, s31 = zero, s32 = zero, s33 = zero;
        FloatVector s40 = zero, s41 = zero, s42 = zero, s43 = zero;
        FloatVector s50 = zero, s51 = zero, s52 = zero, s53 = zero;
        for (int k = 0; k < length; k += Kernels.STRIPES_F32) {
            int p = aFrom + k;
            int q = bFrom + k;
            FloatVector b0 = FloatVector.fromArray(InnerProducts.LANES, b, q);
            FloatVector b1 = FloatVector.fromArray(InnerProducts.LANES, b, q + bStride);
            FloatVector b2 = FloatVector.fromArray(InnerProducts.LANES, b, q + 2 * bStride);
            FloatVector b3 = FloatVector.fromArray(InnerProducts.LANES, b, q + 3 * bStride);
            FloatVector a0 = FloatVector.fromArray(InnerProducts.LANES, a, p);
            s00 = a0.fma(b0, s00);
            s01 = a0.fma(b1, s01);
            s02 = a0.fma(b2, s02);
            s03 = a0.fma(b3, s03);
            FloatVector a1 = FloatVector.fromArray(InnerProducts.LANES, a, p + aStride);
            s10 = a1.fma(b0, s10);
            s11 = a1.fma(b1, s11);
            s12 = a1.fma(b2, s12);
            s13 = a1.fma(b3, s13);
            FloatVector a2 = FloatVector.fromArray(InnerProducts.LANES, a, p + 2 * aStride);
            s20 = a2.fma(b0, s20);
            s21 = a2.fma(b1, s21);
            s22 = a2.fma(b2, s22);
            s23 = a2.fma(b3, s23);
            FloatVector a3 = FloatVector.fromArray(InnerProducts.LANES, a, p + 3 * aStride);
            s30 = a3.fma(b0, s30);
            s31 = a3.fma(b1, s31);
            s32 = a3.fma(b2, s32);
            s33 = a3.fma(b3, s33);
            FloatVector a4 = FloatVector.fromArray(InnerProducts.LANES, a, p + 4 * aStride);
            s40 = a4.fma(b0, s40);
            s41 = a4.fma(b1, s41);
            s42 = a4.fma(b2, s42);
            s43 = a4.fma(b3, s43);
            FloatVector a5 = FloatVector.fromArray(InnerProducts.LANES, a, p + 5 * aStride);
            s50 = a5.fma(b0, s50);
            s51 = a5.fma(b1, s51);
            s52 = a5.fma(b2, s52);
            s53 = a5.fma(b3, s53);
        }
        s00.intoArray(stripes, slice);
        s01.intoArray(stripes, slice + Kernels.STRIPES_F32);
        s02.intoArray(stripes, slice + 2 * Kernels.STRIPES_F32);
        s03.intoArray(stripes, slice + 3 * Kernels.STRIPES_F32);
        s10.intoArray(stripes, slice + 4 * Kernels.STRIPES_F32);
        s11.intoArray(stripes, slice + 5 * Kernels.STRIPES_F32);
        s12.intoArray(stripes, slice + 6 * Kernels.STRIPES_F32);
        s13.intoArray(stripes, slice + 7 * Kernels.STRIPES_F32);
        s20.intoArray(stripes, slice + 8 * Kernels.STRIPES_F32);
        s21.intoArray(stripes, slice + 9 * Kernels.STRIPES_F32);
        s22.intoArray(stripes, slice + 10 * Kernels.STRIPES_F32);
        s23.intoArray(stripes, slice + 11 * Kernels.STRIPES_F32);
        s30.intoArray(stripes, slice + 12 * Kernels.STRIPES_F32);
        s31.intoArray(stripes, slice + 13 * Kernels.STRIPES_F32);
        s32.intoArray(stripes, slice + 14 * Kernels.STRIPES_F32);
        s33.intoArray(stripes, slice + 15 * Kernels.STRIPES_F32);
        s40.intoArray(stripes, slice + 16 * Kernels.STRIPES_F32);
        s41.intoArray(stripes, slice + 17 * Kernels.STRIPES_F32);
        s42.intoArray(stripes, slice + 18 * Kernels.STRIPES_F32);
        s43.intoArray(stripes, slice + 19 * Kernels.STRIPES_F32);
        s50.intoArray(stripes, slice + 20 * Kernels.STRIPES_F32);
        s51.intoArray(stripes, slice + 21 * Kernels.STRIPES_F32);
        s52.intoArray(stripes, slice + 22 * Kernels.STRIPES_F32);
        s53.intoArray(stripes, slice + 23 * Kernels.STRIPES_F32);
    }
}
