package dev.deltapress.allocate;

import org.jspecify.annotations.Nullable;

/**
 * The lower convex hull of each row's choices in the plane of cost and error. From vertex to vertex
 * costs rise and slopes, errors saved per unit of cost, fall: at any price of a unit, a row takes
 * the steps that save more than they cost.
 */
final class Hulls {
    private static final long INFINITE = Double.doubleToRawLongBits(Double.POSITIVE_INFINITY);

    private final ChoiceTable table;

    /** Vertices of a row are numbers ends[row - 1] (0 for the first) to ends[row] - 1. */
    private final int[] ends;

    /**
     * Per vertex: its choice, its cost, and the slope of the step to it, infinite for the first.
     */
    private final int[] choices;

    private final long[] costs;
    private final double[] slopes;

    private Hulls(ChoiceTable table, int allowed) {
        this.table = table;
        ends = new int[table.rows()];
        choices = new int[table.rows() * allowed];
        costs = new long[choices.length];
        slopes = new double[choices.length];
    }

    /**
     * Hulls of some choices only.
     *
     * @param allowed ascending
     * @return null if a row has none of them
     */
    static @Nullable Hulls of(ChoiceTable table, int[] allowed) {
        Hulls hulls = new Hulls(table, allowed.length);
        int[] order = new int[allowed.length];
        int end = 0;
        for (int row = 0; row < table.rows(); row++) {
            int count = sort(table, row, allowed, order);
            if (count == 0) {
                return null;
            }
            end = hulls.add(row, order, count, end);
            hulls.ends[row] = end;
        }
        return hulls;
    }

    /** Orders the choices that a row has by cost, then error, then number; returns their count. */
    private static int sort(ChoiceTable table, int row, int[] allowed, int[] order) {
        int count = 0;
        for (int choice : allowed) {
            if (!table.has(row, choice)) {
                continue;
            }
            int at = count++;
            while (at > 0 && precedes(table, row, choice, order[at - 1])) {
                order[at] = order[at - 1];
                at--;
            }
            order[at] = choice;
        }
        return count;
    }

    private static boolean precedes(ChoiceTable table, int row, int a, int b) {
        int costs = Long.compare(table.cost(row, a), table.cost(row, b));
        return costs < 0 || (costs == 0 && table.error(row, a) < table.error(row, b));
    }

    /** Adds the hull of a row; returns the end of its vertices. */
    private int add(int row, int[] order, int count, int first) {
        int end = first;
        for (int i = 0; i < count; i++) {
            int choice = order[i];
            long cost = table.cost(row, choice);
            double error = table.error(row, choice);
            if (end > first && error >= table.error(row, choices[end - 1])) {
                continue;
            }
            double slope = Double.POSITIVE_INFINITY;
            while (end > first) {
                slope = (table.error(row, choices[end - 1]) - error) / (cost - costs[end - 1]);
                if (end == first + 1 || slope < slopes[end - 1]) {
                    break;
                }
                end--;
            }
            choices[end] = choice;
            costs[end] = cost;
            slopes[end++] = slope;
        }
        return end;
    }

    /** Cost of all rows at a price of a unit. */
    long cost(double price) {
        long cost = 0;
        int first = 0;
        for (int end : ends) {
            cost += costs[last(first, end, price)];
            first = end;
        }
        return cost;
    }

    private int last(int first, int end, double price) {
        int last = first;
        while (last + 1 < end && slopes[last + 1] > price) {
            last++;
        }
        return last;
    }

    /**
     * The smallest price at which the rows fit a budget: 0, or the slope of a step that does not
     * fit any more. Non-negative doubles are ordered as their bits are, so the bisection ends.
     *
     * @return infinite if the cheapest choices do not fit
     */
    double price(long budget) {
        if (cost(0) <= budget) {
            return 0;
        }
        if (cost(Double.POSITIVE_INFINITY) > budget) {
            return Double.POSITIVE_INFINITY;
        }
        long low = 0;
        long high = INFINITE;
        while (high - low > 1) {
            long middle = (low + high) >>> 1;
            if (cost(Double.longBitsToDouble(middle)) <= budget) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return Double.longBitsToDouble(high);
    }

    /** Choices at that price; of the steps that save just what they cost, the first that fit. */
    int[] choices(double price, long budget) {
        int[] chosen = new int[ends.length];
        long left = budget - cost(price);
        int first = 0;
        for (int row = 0; row < chosen.length; row++) {
            int at = last(first, ends[row], price);
            if (at + 1 < ends[row] && slopes[at + 1] == price) {
                long step = costs[at + 1] - costs[at];
                if (step <= left) {
                    left -= step;
                    at++;
                }
            }
            chosen[row] = choices[at];
            first = ends[row];
        }
        return chosen;
    }
}
