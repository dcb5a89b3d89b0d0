package dev.deltapress.backend;

/**
 * Sums of squares over a matrix or several, in fp64 and in a fixed order.
 *
 * @param delta of the true delta
 * @param error of decoded delta - true delta
 * @param restoredError of restored - tuned, after rounding to the output type
 */
public record ErrorSums(double delta, double error, double restoredError) {
    /** The sums over nothing. */
    public static final ErrorSums ZERO = new ErrorSums(0, 0, 0);

    public ErrorSums plus(ErrorSums other) {
        return new ErrorSums(
                delta + other.delta, error + other.error, restoredError + other.restoredError);
    }

    /** Frobenius norm of the error over that of the delta; 0 for a zero delta met exactly. */
    public double relative() {
        return ratio(error);
    }

    /** The same after rounding to the output type. */
    public double restoredRelative() {
        return ratio(restoredError);
    }

    private double ratio(double sum) {
        return sum == 0 ? 0 : Math.sqrt(sum / delta);
    }
}
