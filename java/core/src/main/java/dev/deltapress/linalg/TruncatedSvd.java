package dev.deltapress.linalg;

import dev.deltapress.parallel.Team;

import java.lang.foreign.Arena;

/**
 * The leading components of the singular value decomposition of an fp32 matrix.
 *
 * <p>Two routes: exact (see {@link ExactSvd}) for matrices with a short side of at most {@value
 * KrylovPlan#EXACT_SIDE} or where a large part of the rank is asked for, randomised block Krylov
 * (see {@link KrylovSvd}) otherwise. A matrix whose captured energy does not settle before the
 * basis has grown to 0.6 of the short side takes the exact one.
 *
 * <p>Results are the same bits for any kernels and any number of threads. One object may serve
 * several threads; a call works on the thread that makes it and on the team of its kernels. Work
 * space is off-heap, about 2.5 rank x (m + n) floats, and on the heap about 4 side² doubles, where
 * side is the short side or, on the Krylov route, 2.5 times the rank; it is freed on return.
 */
public final class TruncatedSvd {

    /** Which algorithm computes. */
    enum Route {
        AUTO,
        EXACT,
        KRYLOV
    }

    /**
     * Largest entries outside 2^-20 .. 2^20 are scaled, so that no product of three leaves fp32.
     */
    private static final int SAFE_EXPONENT = 20;

    private final Route route;
    private final Team team;
    private final ExactSvd exact;
    private final KrylovPlan plan;
    private final KrylovSvd krylov;

    /** With an excess of 1%. */
    public TruncatedSvd(Kernels kernels) {
        this(kernels, KrylovPlan.EXCESS);
    }

    /**
     * @param excess by how much the Krylov route's error norm may exceed the best possible at that
     *     rank, relative to it
     */
    public TruncatedSvd(Kernels kernels, double excess) {
        this(kernels, Route.AUTO, new KrylovPlan(excess));
    }

    TruncatedSvd(Kernels kernels, Route route) {
        this(kernels, route, new KrylovPlan(KrylovPlan.EXCESS));
    }

    TruncatedSvd(Kernels kernels, Route route, KrylovPlan plan) {
        this.route = route;
        this.team = kernels.team();
        this.exact = new ExactSvd(kernels);
        this.plan = plan;
        this.krylov = new KrylovSvd(kernels, plan);
    }

    /**
     * Computes k = min(rank, m, n) components. Both sets of singular vectors are orthonormal to
     * fp32 accuracy, also where A has a smaller rank: vectors of zero singular values complete the
     * basis.
     *
     * <p>Sign: the entry of largest magnitude in u_c, the first one on a tie, is positive.
     *
     * <p>Accuracy: the exact route gives singular values within a small multiple of 2^-24 s_1. The
     * Krylov route gives components that together leave at most 1% more error than the best of that
     * rank, or as constructed; the single vectors are those of A where the spectrum has gaps.
     *
     * @param arena owns the result
     * @param a m x n, finite
     * @throws IllegalArgumentException if an entry is NaN or infinite, rank is negative, or a
     *     singular value overflows fp32
     */
    public Svd compute(Arena arena, Matrix a, int rank) {
        if (rank < 0) {
            throw new IllegalArgumentException("rank must not be negative, got " + rank);
        }
        return compute(arena, a, RankRule.of(rank));
    }

    /**
     * The same with as many components as a rule wants, at most min(m, n).
     *
     * @param rule is given singular values of a times a power of two
     */
    public Svd compute(Arena arena, Matrix a, RankRule rule) {
        MatrixRange range = MatrixRange.of(team, a);
        int exponent = range.largest() == 0 ? 0 : Math.getExponent(range.largest());
        Triplets triplets;
        if (Math.abs(exponent) <= SAFE_EXPONENT) {
            exponent = 0;
            triplets = compute(arena, a, range.energy(), rule);
        } else {
            try (Arena scratch = Arena.ofShared()) {
                double energy = Math.scalb(range.energy(), -2 * exponent);
                triplets = compute(arena, scaled(scratch, a, -exponent), energy, rule);
            }
        }
        boolean wide = a.rows() <= a.columns();
        Matrix ut = wide ? triplets.shortRows() : triplets.longRows();
        Matrix vt = wide ? triplets.longRows() : triplets.shortRows();
        double[] s = triplets.s();
        fixSigns(ut, vt);
        return new Svd(ut, toFloats(s, exponent), vt, residual(s, exponent, range.energy()));
    }

    private Triplets compute(Arena arena, Matrix a, double energy, RankRule rule) {
        Operand operand = new Operand(a, a.rows() > a.columns());
        int side = operand.rows();
        int largest = route == Route.KRYLOV ? side - 1 : plan.largest(side);
        boolean worthwhile = plan.suits(rule.guess(), side);
        if (energy > 0 && (route == Route.KRYLOV || (route == Route.AUTO && worthwhile))) {
            Triplets triplets = krylov.compute(arena, operand, energy, rule, largest);
            if (triplets != null) {
                return triplets;
            }
        }
        return exact.compute(arena, operand, rule);
    }

    private static Matrix scaled(Arena arena, Matrix a, int exponent) {
        Matrix scaled = Matrix.allocate(arena, a.rows(), a.columns());
        for (int i = 0; i < a.rows(); i++) {
            float[] row = a.row(i);
            for (int j = 0; j < row.length; j++) {
                row[j] = Math.scalb(row[j], exponent);
            }
            scaled.setRow(i, row);
        }
        return scaled;
    }

    private static void fixSigns(Matrix ut, Matrix vt) {
        for (int c = 0; c < ut.rows(); c++) {
            float leading = 0;
            for (float u : ut.row(c)) {
                leading = Math.abs(u) > Math.abs(leading) ? u : leading;
            }
            if (leading < 0) {
                negateRow(ut, c);
                negateRow(vt, c);
            }
        }
    }

    private static void negateRow(Matrix m, int i) {
        float[] row = m.row(i);
        for (int j = 0; j < row.length; j++) {
            row[j] = -row[j];
        }
        m.setRow(i, row);
    }

    private static float[] toFloats(double[] s, int exponent) {
        float[] floats = new float[s.length];
        for (int c = 0; c < s.length; c++) {
            floats[c] = (float) Math.scalb(s[c], exponent);
        }
        if (s.length > 0 && Float.isInfinite(floats[0])) {
            throw new IllegalArgumentException(
                    "the largest singular value, %g, overflows fp32"
                            .formatted(Math.scalb(s[0], exponent)));
        }
        return floats;
    }

    private static double residual(double[] s, int exponent, double energy) {
        double captured = 0;
        for (double value : s) {
            captured += value * value;
        }
        double missing = 1 - Math.scalb(captured, 2 * exponent) / energy;
        return energy == 0 ? 0 : Math.sqrt(Math.max(0, missing));
    }
}
