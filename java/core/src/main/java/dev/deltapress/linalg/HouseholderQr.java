package dev.deltapress.linalg;

import java.lang.foreign.MemorySegment;

/**
 * Orthonormal rows by Householder reflections in fp64: the Q of the thin QR factorisation of the
 * transpose. Slow and never in doubt. Source: Golub and Van Loan, "Matrix Computations", 4th
 * edition, sections 5.1.2 to 5.1.6 and 5.2.2.
 */
final class HouseholderQr {

    /** Squared length below which a row counts as zero: far below the square of any fp32 number. */
    private static final double NOTHING = 0x1p-900;

    private final Kernels kernels;

    HouseholderQr(Kernels kernels) {
        this.kernels = kernels;
    }

    /** See {@link ThinQr#orthonormalise}. */
    void orthonormalise(Matrix rows) {
        int count = rows.rows();
        int length = rows.columns();
        double[] x = new double[Math.multiplyExact(count, length)];
        for (int i = 0; i < count; i++) {
            rows.copyRow(i, 0, length, x, length * i);
        }
        double[] diagonal = new double[count];
        double[] h = new double[count];
        for (int i = 0; i < count; i++) {
            h[i] = reflector(x, length * i + i, length - i, diagonal, i);
            for (int j = i + 1; j < count; j++) {
                reflect(x, length * i + i, h[i], length * j + i, length - i);
            }
        }
        for (int i = count - 1; i >= 0; i--) {
            for (int j = i + 1; j < count; j++) {
                reflect(x, length * i + i, h[i], length * j + i, length - i);
            }
            unitRow(x, i, length, h[i], diagonal[i] < 0);
        }
        float[] row = new float[length];
        for (int i = 0; i < count; i++) {
            for (int j = 0; j < length; j++) {
                row[j] = (float) x[length * i + j];
            }
            MemorySegment.copy(row, 0, rows.data(), Matrix.LAYOUT, rows.offset(i, 0), length);
        }
    }

    /**
     * Turns {@code x[from .. from + length)} into the v of H = I - v vᵀ / h, which maps it to
     * (diagonal, 0, 0, ...).
     *
     * @return h = vᵀv / 2, or 0 where H is the identity
     */
    private double reflector(double[] x, int from, int length, double[] diagonal, int i) {
        double squares = kernels.dot(x, from, x, from, length);
        if (squares < NOTHING) {
            return 0;
        }
        diagonal[i] = -Math.copySign(Math.sqrt(squares), x[from]);
        double h = squares - x[from] * diagonal[i];
        x[from] -= diagonal[i];
        return h;
    }

    /** Applies the reflector at v to {@code length} elements of the same array. */
    private void reflect(double[] x, int v, double h, int from, int length) {
        if (h != 0) {
            kernels.axpy(-kernels.dot(x, v, x, from, length) / h, x, v, x, from, length);
        }
    }

    /** Row i, which holds reflector i, becomes H e_i, with the sign of the row it came from. */
    private static void unitRow(double[] x, int i, int length, double h, boolean negate) {
        int start = length * i;
        double factor = h == 0 ? 0 : -x[start + i] / h;
        for (int j = 0; j < length; j++) {
            double unit = j == i ? 1 : 0;
            double value = j < i ? 0 : Math.fma(factor, x[start + j], unit);
            x[start + j] = negate ? -value : value;
        }
    }
}
