package dev.deltapress.allocate;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One choice for each row, of the least total error under a budget: the 0/1 programme of DeltaMix
 * (arXiv 2506.11087), where rows are components and choices their widths in bits.
 *
 * <p>A Lagrange multiplier, the price of a unit of cost, is found by bisection over the lower
 * convex hulls of the rows; what that leaves of the budget is spent by a dynamic programme over the
 * rows that can still gain. The result is within its stated bound of the optimum, in practice far
 * below 0.1%. Equal inputs give equal choices: where steps tie, lower rows take theirs first, and
 * of choices that are equal in cost and error the lower number is taken. Time grows with rows x
 * choices, not with the budget.
 */
public final class MultipleChoiceKnapsack {
    /** The most choices of which subsets are enumerated. */
    public static final int MOST_ENUMERATED = 16;

    /** Some of the choices, and an error that no allocation of them is below. */
    private record Subset(int[] choices, double bound) {}

    private MultipleChoiceKnapsack() {}

    /**
     * Allocates with every choice.
     *
     * @return null if the budget is below {@link ChoiceTable#leastCost}
     */
    public static @Nullable Allocation solve(ChoiceTable table, long budget) {
        return solve(table, IntStream.range(0, table.choices()).toArray(), budget);
    }

    /**
     * Allocates with at most so many different choices (the paper's f_max) over all rows. Subsets
     * are tried in the order of a bound on what they can reach, until no other can be better.
     *
     * @param table of at most {@link #MOST_ENUMERATED} choices
     * @param different 1 or more
     * @return null if no subset fits the budget
     */
    public static @Nullable Allocation solve(ChoiceTable table, long budget, int different) {
        Allocation free = solve(table, budget);
        if (free == null || free.choices().length == 0 || isWithin(free, different)) {
            return free;
        }
        Allocation best = null;
        double lowerBound = Double.POSITIVE_INFINITY;
        for (Subset subset : subsets(table, budget, different)) {
            if (best != null && subset.bound >= best.error()) {
                break;
            }
            Allocation found = solve(table, subset.choices, budget);
            if (found != null) {
                lowerBound = Math.min(lowerBound, found.lowerBound());
                best = best == null || found.error() < best.error() ? found : best;
            }
        }
        return best == null ? null : Allocation.of(table, best.choices(), lowerBound);
    }

    private static boolean isWithin(Allocation allocation, int different) {
        return IntStream.of(allocation.choices()).distinct().count() <= different;
    }

    private static @Nullable Allocation solve(ChoiceTable table, int[] allowed, long budget) {
        Hulls hulls = Hulls.of(table, allowed);
        if (hulls == null) {
            return null;
        }
        double price = hulls.price(budget);
        if (price == Double.POSITIVE_INFINITY) {
            return null;
        }
        return Core.improve(table, allowed, hulls.choices(price, budget), price, budget);
    }

    /** All subsets of that size, the most promising first. */
    private static List<Subset> subsets(ChoiceTable table, long budget, int size) {
        int choices = table.choices();
        if (choices > MOST_ENUMERATED || size < 1) {
            throw new IllegalArgumentException(
                    "%d different ones of %d choices".formatted(size, choices));
        }
        Hulls hulls = Hulls.of(table, IntStream.range(0, choices).toArray());
        double price = hulls == null ? 0 : hulls.price(budget);
        List<Subset> subsets = new ArrayList<>();
        for (int bits = 0; bits < 1 << choices; bits++) {
            if (Integer.bitCount(bits) == size) {
                int set = bits;
                int[] chosen =
                        IntStream.range(0, choices).filter(c -> (set >>> c & 1) != 0).toArray();
                subsets.add(new Subset(chosen, bound(table, chosen, price, budget)));
            }
        }
        subsets.sort(Comparator.comparingDouble(Subset::bound));
        return subsets;
    }

    /**
     * The Lagrangian at a price: the sum of the least error + price * cost, less price * budget.
     */
    private static double bound(ChoiceTable table, int[] chosen, double price, long budget) {
        double sum = 0;
        for (int row = 0; row < table.rows(); row++) {
            double least = Double.POSITIVE_INFINITY;
            for (int choice : chosen) {
                least = Math.min(least, table.error(row, choice) + price * table.cost(row, choice));
            }
            sum += least;
        }
        return sum - price * budget;
    }
}
