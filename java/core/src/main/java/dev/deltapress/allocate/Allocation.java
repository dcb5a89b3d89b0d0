package dev.deltapress.allocate;

/**
 * One choice for each row.
 *
 * @param choices chosen, one per row
 * @param cost of all rows, within the budget
 * @param error of all rows, added in their order
 * @param lowerBound that no allocation within the budget has an error below, but for rounding; at
 *     most {@code error}, and equal to it where the choice is proven optimal
 */
@SuppressWarnings("ArrayRecordComponent") // read at once, never compared
public record Allocation(int[] choices, long cost, double error, double lowerBound) {

    static Allocation of(ChoiceTable table, int[] choices, double lowerBound) {
        long cost = 0;
        double error = 0;
        for (int row = 0; row < choices.length; row++) {
            cost += table.cost(row, choices[row]);
            error += table.error(row, choices[row]);
        }
        return new Allocation(choices, cost, error, Math.clamp(lowerBound, 0, error));
    }
}
