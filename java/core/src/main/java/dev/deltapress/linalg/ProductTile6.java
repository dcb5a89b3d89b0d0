package dev.deltapress.linalg;

import jdk.incubator.vector.FloatVector;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

/**
 * The register tile of {@link VectorProduct} with 6 x 2 vectors. 12 accumulators for the 16
 * registers of AVX2 and SSE.
 */
final class ProductTile6 {

    static final int ROWS = 6;

    private ProductTile6() {}

    /**
     * C = A B or C += A B for 6 rows and two vectors of columns. Accumulators are locals because C2
     * would box those of an array.
     *
     * @param a panel: element (i, k) is {@code a[aFrom + 6 * k + i]}
     * @param b panel: element (k, j) is {@code b[bFrom + 2 * lanes * k + j]}
     * @param c byte offset of the first element; rows are {@code stride} bytes apart
     */
    static void multiply(
            float[] a,
            int aFrom,
            float[] b,
            int bFrom,
            int depth,
            MemorySegment c,
            long at,
            long stride,
            boolean accumulate) {
        int lanes = VectorProduct.LANES.length();
        long half = lanes * (long) Float.BYTES;
        long r0 = at;
        long r1 = at + stride;
        long r2 = at + 2 * stride;
        long r3 = at + 3 * stride;
        long r4 = at + 4 * stride;
        long r5 = at + 5 * stride;
        FloatVector c00 = load(c, r0, accumulate), c01 = load(c, r0 + half, accumulate);
        FloatVector c10 = load(c, r1, accumulate), c11 = load(c, r1 + half, accumulate);
        FloatVector c20 = load(c, r2, accumulate), c21 = load(c, r2 + half, accumulate);
        FloatVector c30 = load(c, r3, accumulate), c31 = load(c, r3 + half, accumulate);
        FloatVector c40 = load(c, r4, accumulate), c41 = load(c, r4 + half, accumulate);
        FloatVector c50 = load(c, r5, accumulate), c51 = load(c, r5 + half, accumulate);
        for (int k = 0, i = aFrom, j = bFrom; k < depth; k++, i += ROWS, j += 2 * lanes) {
            FloatVector b0 = FloatVector.fromArray(VectorProduct.LANES, b, j);
            FloatVector b1 = FloatVector.fromArray(VectorProduct.LANES, b, j + lanes);
            FloatVector a0 = FloatVector.broadcast(VectorProduct.LANES, a[i]);
            c00 = a0.fma(b0, c00);
            c01 = a0.fma(b1, c01);
            FloatVector a1 = FloatVector.broadcast(VectorProduct.LANES, a[i + 1]);
            c10 = a1.fma(b0, c10);
            c11 = a1.fma(b1, c11);
            FloatVector a2 = FloatVector.broadcast(VectorProduct.LANES, a[i + 2]);
            c20 = a2.fma(b0, c20);
            c21 = a2.fma(b1, c21);
            FloatVector a3 = FloatVector.broadcast(VectorProduct.LANES, a[i + 3]);
            c30 = a3.fma(b0, c30);
            c31 = a3.fma(b1, c31);
            FloatVector a4 = FloatVector.broadcast(VectorProduct.LANES, a[i + 4]);
            c40 = a4.fma(b0, c40);
            c41 = a4.fma(b1, c41);
            FloatVector a5 = FloatVector.broadcast(VectorProduct.LANES, a[i + 5]);
            c50 = a5.fma(b0, c50);
            c51 = a5.fma(b1, c51);
        }
        store(c00, c, r0);
        store(c01, c, r0 + half);
        store(c10, c, r1);
        store(c11, c, r1 + half);
        store(c20, c, r2);
        store(c21, c, r2 + half);
        store(c30, c, r3);
        store(c31, c, r3 + half);
        store(c40, c, r4);
        store(c41, c, r4 + half);
        store(c50, c, r5);
        store(c51, c, r5 + half);
    }

    private static FloatVector load(MemorySegment c, long at, boolean accumulate) {
        return accumulate
                ? FloatVector.fromMemorySegment(VectorProduct.LANES, c, at, ByteOrder.LITTLE_ENDIAN)
                : FloatVector.zero(VectorProduct.LANES);
    }

    private static void store(FloatVector v, MemorySegment c, long at) {
        v.intoMemorySegment(c, at, ByteOrder.LITTLE_ENDIAN);
    }
}
