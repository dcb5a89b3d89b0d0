package dev.deltapress.linalg;

import java.util.function.ToIntFunction;

/**
 * How many components of a truncated SVD are wanted, where that follows from the leading singular
 * values themselves.
 *
 * @param guess before any value is known; only the time depends on it
 * @param wanted from the leading singular values, descending, how many components are wanted: at
 *     least 0; any number above that of the values if these do not decide it. Must not fall when
 *     values are appended.
 */
public record RankRule(int guess, ToIntFunction<double[]> wanted) {

    /** As many as that, whatever the values. */
    public static RankRule of(int rank) {
        return new RankRule(rank, values -> rank);
    }

    int wanted(double[] values) {
        return wanted.applyAsInt(values);
    }
}
