package dev.deltapress.linalg;

import java.util.ArrayList;
import java.util.List;

/**
 * Collects the rotations of {@link ImplicitQl} and applies them to a matrix many sweeps at a time,
 * strip of columns by strip of columns. A strip is copied out, so that it fits the cache even where
 * n is a power of two. Source: Lang, "Using level 3 BLAS in rotation-based algorithms", SIAM J.
 * Sci. Comput. 19 (1998).
 */
final class RotationLog {

    /** Rotations kept before they are applied: 1 MB of cosines and sines. */
    private static final int CAPACITY = 1 << 16;

    private final Kernels kernels;
    private final double[] z;
    private final int n;
    private final double[] strip;
    private final List<RotationSweep> sweeps = new ArrayList<>();
    private double[] cosines = new double[0];
    private double[] sines = new double[0];
    private int used;

    /**
     * A log for one matrix.
     *
     * @param z n x n, row-major, whose rows are rotated
     */
    RotationLog(Kernels kernels, double[] z, int n) {
        this.kernels = kernels;
        this.z = z;
        this.n = n;
        this.strip = new double[n * Kernels.STRIP];
    }

    /** Opens a sweep; exactly count rotations follow. */
    void begin(int bottomRow, int count) {
        if (used + count > cosines.length) {
            apply();
            int capacity = Math.max(CAPACITY, count);
            cosines = cosines.length < capacity ? new double[capacity] : cosines;
            sines = sines.length < capacity ? new double[capacity] : sines;
        }
        sweeps.add(new RotationSweep(bottomRow, count, cosines, sines, used));
    }

    void rotate(double cosine, double sine) {
        cosines[used] = cosine;
        sines[used++] = sine;
    }

    /** Brings the matrix up to date. */
    void apply() {
        for (int column = 0; column < n; column += Kernels.STRIP) {
            int width = Math.min(Kernels.STRIP, n - column);
            copy(z, column, n, strip, 0, Kernels.STRIP, width);
            for (RotationSweep sweep : sweeps) {
                kernels.rotateRows(strip, sweep);
            }
            copy(strip, 0, Kernels.STRIP, z, column, n, width);
        }
        sweeps.clear();
        used = 0;
    }

    private void copy(
            double[] from, int at, int stride, double[] to, int toAt, int toStride, int width) {
        for (int i = 0; i < n; i++) {
            System.arraycopy(from, at + i * stride, to, toAt + i * toStride, width);
        }
    }
}
