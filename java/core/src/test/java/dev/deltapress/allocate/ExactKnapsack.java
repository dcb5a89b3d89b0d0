package dev.deltapress.allocate;

import java.util.Arrays;

/** The least error for every budget, by dynamic programming over the budget. */
final class ExactKnapsack {

    private ExactKnapsack() {}

    /**
     * The optimum.
     *
     * @param set bit c is set if choice c may be used
     * @return infinite if nothing fits
     */
    static double leastError(ChoiceTable table, int budget, long set) {
        double[] least = new double[budget + 1];
        double[] next = new double[budget + 1];
        for (int row = 0; row < table.rows(); row++) {
            Arrays.fill(next, Double.POSITIVE_INFINITY);
            for (int choice = 0; choice < table.choices(); choice++) {
                if ((set >>> choice & 1) != 0 && table.cost(row, choice) <= budget) {
                    extend(least, next, (int) table.cost(row, choice), table.error(row, choice));
                }
            }
            double[] done = least;
            least = next;
            next = done;
        }
        return least[budget];
    }

    private static void extend(double[] least, double[] next, int cost, double error) {
        for (int spent = cost; spent < next.length; spent++) {
            next[spent] = Math.min(next[spent], least[spent - cost] + error);
        }
    }
}
