package dev.deltapress.linalg;

import jdk.incubator.vector.FloatVector;

/** 3 x 4 inner products at once for {@link InnerProducts}: 12 accumulators for 16 registers. */
final class InnerTile3 {

    static final int ROWS = 3;

    private InnerTile3() {}

    /**
     * Stripes of the inner products of 3 rows of a with four of b.
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
    }
}
