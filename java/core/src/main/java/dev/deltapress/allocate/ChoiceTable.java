package dev.deltapress.allocate;

/**
 * What each row may be: rows x choices, with the cost and the error of each. In mixed precision a
 * row is a component and a choice is a width in bits.
 */
public final class ChoiceTable {
    private final int rows;
    private final int choices;
    private final long[] costs;
    private final double[] errors;

    /**
     * Takes the arrays as they are; they must not change afterwards.
     *
     * @param rows 0 or more
     * @param choices per row, 1 or more
     * @param costs rows x choices, row-major; not negative, in bits or bytes
     * @param errors rows x choices, row-major; not negative; infinite where a row does not have
     *     that choice
     * @throws IllegalArgumentException if a number is out of range, a row has no choice, or the
     *     largest costs add up to more than a long
     */
    public ChoiceTable(int rows, int choices, long[] costs, double[] errors) {
        this.rows = rows;
        this.choices = choices;
        this.costs = costs;
        this.errors = errors;
        long cells = (long) rows * choices;
        if (rows < 0 || choices < 1 || costs.length != cells || errors.length != cells) {
            throw new IllegalArgumentException(
                    "%d costs and %d errors of %d rows x %d choices"
                            .formatted(costs.length, errors.length, rows, choices));
        }
        long largest = 0;
        for (int row = 0; row < rows; row++) {
            largest += requireRow(row);
            if (largest < 0) {
                throw new IllegalArgumentException("costs up to row %d overflow".formatted(row));
            }
        }
    }

    /** The largest cost of a row, which is well-formed. */
    private long requireRow(int row) {
        long largest = -1;
        for (int choice = 0; choice < choices; choice++) {
            if (!(error(row, choice) >= 0) || cost(row, choice) < 0) {
                throw new IllegalArgumentException(
                        "row %d, choice %d: cost %d, error %s"
                                .formatted(row, choice, cost(row, choice), error(row, choice)));
            }
            if (has(row, choice)) {
                largest = Math.max(largest, cost(row, choice));
            }
        }
        if (largest < 0) {
            throw new IllegalArgumentException("row %d has no choice".formatted(row));
        }
        return largest;
    }

    public int rows() {
        return rows;
    }

    /** Choices per row, those that a row does not have counted. */
    public int choices() {
        return choices;
    }

    public long cost(int row, int choice) {
        return costs[row * choices + choice];
    }

    public double error(int row, int choice) {
        return errors[row * choices + choice];
    }

    /** Whether the row has that choice. */
    public boolean has(int row, int choice) {
        return error(row, choice) < Double.POSITIVE_INFINITY;
    }

    /** The smallest budget that can be met. */
    public long leastCost() {
        long sum = 0;
        for (int row = 0; row < rows; row++) {
            long least = Long.MAX_VALUE;
            for (int choice = 0; choice < choices; choice++) {
                if (has(row, choice)) {
                    least = Math.min(least, cost(row, choice));
                }
            }
            sum += least;
        }
        return sum;
    }
}
