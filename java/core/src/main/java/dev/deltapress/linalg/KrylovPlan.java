package dev.deltapress.linalg;

/**
 * When block Krylov iteration is worth while, and how large its basis must become. Sizes are
 * measured (docs/decisions/0002) and concern the time only: whether a basis is good enough is
 * decided by {@link EnergyQuadrature#excess}.
 *
 * @param tolerance excess of the error norm over the best possible, relative to that, at which the
 *     iteration ends; negative for never
 */
public record KrylovPlan(double tolerance) {

    /** What a truncated SVD may leave beyond the best possible error. */
    public static final double EXCESS = 0.01;

    /** Short sides up to which the exact route is always taken. */
    public static final int EXACT_SIDE = 64;

    /** Part of the short side beyond which a basis costs as much as the exact route. */
    private static final double LARGEST_BASIS = 0.6;

    /** What no growth is planned for. */
    private static final double LEAST_TOLERANCE = 1e-4;

    /** The largest basis for a matrix with that short side. */
    public int largest(int side) {
        return (int) (side * LARGEST_BASIS);
    }

    /** Whether so many components are better sought in a Krylov space than exactly. */
    public boolean suits(int rank, int side) {
        return side > EXACT_SIDE && firstLook(rank, side) <= largest(side);
    }

    /** The size at which a basis is first looked at: a little before most settle. */
    public int firstLook(int rank, int side) {
        double part = (double) rank / side;
        double atOnePercent = rank * Math.min(2.27 - part, 1 + 20 * part);
        return (int) Math.max(1.1 * rank, atOnePercent + growth(0.01, rank, side)) + 1;
    }

    /** The size at which it is looked at again: at least one row larger. */
    public int nextLook(int size, double excess, int rank, int side) {
        return size + Math.max(1, (int) growth(excess, rank, side));
    }

    /** By how much a basis must grow to bring the excess down to the tolerance. */
    private double growth(double excess, int rank, int side) {
        double decades = Math.log10(excess / Math.max(tolerance, LEAST_TOLERANCE));
        return rank * Math.min(decades, 1) * 2.5 / (1 + 11.0 * rank / side);
    }

    /** Whether a basis is so small for that rank that no estimate is worth its time. */
    public boolean isEarly(int size, int rank, int side) {
        return size < Math.min(firstLook(rank, side), 5L * rank / 4);
    }
}
