package dev.deltapress.linalg;

import java.util.ArrayList;
import java.util.List;

/**
 * Collects the rotations of {@link ImplicitQl} and applies them to a matrix many sweeps at a time,
 * strip of columns by strip of columns, so that a strip stays in the cache. Source: Lang, "Using
 * level 3 BLAS in rotation-based algorithms", SIAM J. Sci. Comput. 19 (1998).
 */
class RotationLog {

    /** A log that forgets: for eigenvalues alone. */
    static final RotationLog NONE =
            new RotationLog(Kernels.scalar(), new double[0], 0) {
                @Override
                void begin(int bottomRow, int count) {}

                @Override
                void rotate(double cosine, double sine) {}
            };

    /** Rotations kept before they are applied: 1 MB of cosines and sines. */
    private static final int CAPACITY = 1 << 16;

    /** Columns of a strip: 256 bytes of each row. */
    private static final int STRIP = 32;

    private final Kernels kernels;
    private final double[] z;
    private final int n;
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
        for (int column = 0; column < n; column += STRIP) {
            for (RotationSweep sweep : sweeps) {
                kernels.rotateRows(z, n, column, Math.min(n, column + STRIP), sweep);
            }
        }
        sweeps.clear();
        used = 0;
    }
}
