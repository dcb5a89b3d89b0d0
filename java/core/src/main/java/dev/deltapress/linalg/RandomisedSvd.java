package dev.deltapress.linalg;

import java.lang.foreign.Arena;
import java.util.Arrays;

/**
 * Blocked randomised SVD: subspace iteration from a random block of l rows, with shifted power
 * iterations. Sources: Halko, Martinsson and Tropp, "Finding structure with randomness", SIAM
 * Review 53 (2011), algorithms 4.4 and 5.1; Feng, Yu and Xie, "dashSVD", ACM TOMS 50 (2024),
 * section 3, for the shift.
 *
 * <p>A step projects A on an orthonormal basis Q: the SVD of Q A gives components u, s, v. The next
 * basis spans the rows A v_c - (α / s_c) u_c, which is what a power iteration with A Aᵀ - α I would
 * give, without squaring the condition number. With α = s_l² / 2 what lies below s_l shrinks twice
 * as fast as unshifted.
 *
 * <p>The energy (sum of s²) that the leading components capture never falls from step to step, and
 * the iteration stops when it no longer rises. Single vectors are not looked at: in the bulk of a
 * spectrum, where neighbours differ by a part in a thousand, they never settle and need not.
 */
final class RandomisedSvd {

    /**
     * A step that gains no more than this part of the energy still missing is the last. In a
     * Gaussian bulk, the slowest case, a gain is half of the one before, so that as much again
     * remains: half a percent of the missing energy, a quarter of a percent of the error norm.
     */
    private static final double SETTLED = 5e-3;

    /** Part of the whole energy that fp32 factors do not resolve. */
    private static final double NOISE = 0x1p-26;

    /** Five or six are usual. */
    private static final int MAX_STEPS = 12;

    private final Kernels kernels;
    private final int maxSteps;
    private final ExactSvd exact;
    private final ThinQr qr;

    RandomisedSvd(Kernels kernels) {
        this(kernels, MAX_STEPS);
    }

    RandomisedSvd(Kernels kernels, int maxSteps) {
        this.kernels = kernels;
        this.maxSteps = maxSteps;
        this.exact = new ExactSvd(kernels);
        this.qr = new ThinQr(kernels);
    }

    /** l for a rank: so many more that the last components converge quickly too. */
    static int blockSize(int rank) {
        return rank + Math.max(16, rank / 8);
    }

    /**
     * Computes as many components as the results have rows.
     *
     * @param a scaled to about 1; its short side is no less than the block size
     * @param energy squared Frobenius norm of a
     * @param ut overwritten: row c is u_c
     * @param vt overwritten: row c is v_c
     * @return singular values, descending, or none if the captured energy did not settle
     */
    double[] compute(Matrix a, double energy, Matrix ut, Matrix vt) {
        int rank = ut.rows();
        int block = Math.min(blockSize(rank), Math.min(a.rows(), a.columns()));
        try (Arena arena = Arena.ofConfined()) {
            Matrix basis = Matrix.allocate(arena, block, a.rows());
            Matrix image = Matrix.allocate(arena, block, a.columns());
            Matrix turn = Matrix.allocate(arena, block, block);
            Matrix u = Matrix.allocate(arena, block, a.rows());
            Matrix v = Matrix.allocate(arena, block, a.columns());
            fillWithSigns(v);
            kernels.multiply(v, false, a, true, basis);
            double captured = 0;
            for (int step = 0; step < maxSteps; step++) {
                qr.orthonormalise(basis);
                kernels.multiply(basis, false, a, false, image);
                double[] s = exact.compute(new Operand(image, false), turn, v);
                kernels.multiply(turn, false, basis, false, u);
                double before = captured;
                captured = energy(s, rank);
                double small = Math.max(SETTLED * (energy - captured), NOISE * energy);
                if (captured - before <= small) {
                    ut.data().copyFrom(u.rowRange(0, rank).data());
                    vt.data().copyFrom(v.rowRange(0, rank).data());
                    qr.orthonormalise(ut);
                    return Arrays.copyOf(s, rank);
                }
                kernels.multiply(v, false, a, true, basis);
                subtractShift(basis, u, s);
            }
            return new double[0];
        }
    }

    private static double energy(double[] s, int rank) {
        double sum = 0;
        for (int c = 0; c < rank; c++) {
            sum += s[c] * s[c];
        }
        return sum;
    }

    /** Takes (α / s_c) u_c from row c, where 0 <= α / s_c <= s_c / 2. */
    private static void subtractShift(Matrix basis, Matrix u, double[] s) {
        double last = s[s.length - 1];
        double alpha = last * last / 2;
        for (int c = 0; c < s.length && alpha > 0; c++) {
            float factor = (float) (alpha / s[c]);
            for (int i = 0; i < u.columns(); i++) {
                basis.set(c, i, basis.get(c, i) - factor * u.get(c, i));
            }
        }
    }

    /** +1 and -1 from SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) of the element's number. */
    private static void fillWithSigns(Matrix m) {
        for (int i = 0; i < m.rows(); i++) {
            for (int j = 0; j < m.columns(); j++) {
                long x = ((long) i * m.columns() + j + 1) * 0x9E3779B97F4A7C15L;
                x = (x ^ (x >>> 30)) * 0xBF58476D1CE4E5B9L;
                x = (x ^ (x >>> 27)) * 0x94D049BB133111EBL;
                m.set(i, j, (x ^ (x >>> 31)) < 0 ? -1 : 1);
            }
        }
    }
}
