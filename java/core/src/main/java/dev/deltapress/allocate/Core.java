package dev.deltapress.allocate;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Spends what the hulls leave over: a dynamic programme over the few rows whose other choices can
 * still gain (the core of Pisinger, "A minimal algorithm for the multiple-choice knapsack problem",
 * EJOR 83, 1995, with its bounds).
 *
 * <p>At the price of the hulls no row has a choice with a lower error + price * cost than the one
 * it starts with. What another choice has above that is its loss. An allocation that beats the best
 * one known has losses below the gap to the lower bound in all, so choices and states beyond it are
 * dropped. Where too many states remain, those of the smallest losses do, and the result may miss
 * the optimum by less than the gap.
 */
final class Core {
    /** A gap that is not worth closing, relative to the error. */
    private static final double TOLERANCE = 1e-5;

    private static final int MOST_ROWS = 128;
    private static final int MOST_STATES = 1024;

    /** Changes of a few rows, relative to the start; costs and errors are differences. */
    private record State(long cost, double error, @Nullable State before, int row, int choice) {}

    /** A row and the least loss of its other choices. */
    private record Candidate(int row, double loss) {}

    private static final Comparator<State> BY_COST =
            Comparator.comparingLong(State::cost).thenComparingDouble(State::error);

    private final ChoiceTable table;
    private final int[] allowed;
    private final int[] start;
    private final double price;
    private final Allocation begun;

    /** What is left of the budget, as far as costs can add up to it. */
    private final long left;

    private State best = new State(0, 0, null, 0, 0);

    private Core(ChoiceTable table, int[] allowed, int[] start, double price, long budget) {
        this.table = table;
        this.allowed = allowed;
        this.start = start;
        this.price = price;
        begun = Allocation.of(table, start, 0);
        long unit = unit();
        left = unit == 0 ? 0 : (budget - begun.cost()) / unit * unit;
    }

    /**
     * The best allocation that is found.
     *
     * @param allowed choices
     * @param start choices of each row on its hull at that price, within the budget
     */
    static Allocation improve(
            ChoiceTable table, int[] allowed, int[] start, double price, long budget) {
        return new Core(table, allowed, start, price, budget).solve();
    }

    /** Greatest common divisor of all differences of costs within rows. */
    private long unit() {
        long unit = 0;
        for (int row = 0; row < start.length && unit != 1; row++) {
            for (int choice : allowed) {
                if (table.has(row, choice)) {
                    unit = gcd(unit, Math.abs(costAbove(row, choice)));
                }
            }
        }
        return unit;
    }

    private static long gcd(long a, long b) {
        long x = b;
        long y = a;
        while (y != 0) {
            long rest = x % y;
            x = y;
            y = rest;
        }
        return x;
    }

    private Allocation solve() {
        boolean proven = true;
        List<State> states = List.of(best);
        int done = 0;
        for (Candidate candidate : candidates()) {
            if (candidate.loss >= gap() || closed()) {
                break;
            }
            if (done++ == MOST_ROWS) {
                proven = false;
                break;
            }
            states = undominated(extended(states, candidate.row));
            if (states.size() > MOST_STATES) {
                states = leastLosses(states);
                proven = false;
            }
            keepBest(states);
        }
        double bound = begun.error() + best.error - (proven && !closed() ? 0 : gap());
        return Allocation.of(table, changed(), bound);
    }

    private boolean closed() {
        return gap() <= TOLERANCE * (begun.error() + best.error);
    }

    /** How far the best known error is above the lower bound begun.error - price * left. */
    private double gap() {
        return best.error + price * left;
    }

    private long costAbove(int row, int choice) {
        return table.cost(row, choice) - table.cost(row, start[row]);
    }

    private double errorAbove(int row, int choice) {
        return table.error(row, choice) - table.error(row, start[row]);
    }

    private double loss(long costAbove, double errorAbove) {
        return errorAbove + price * costAbove;
    }

    /** Rows with a choice whose loss is below the gap, by the least such loss, then number. */
    private List<Candidate> candidates() {
        List<Candidate> candidates = new ArrayList<>();
        if (closed()) {
            return candidates;
        }
        for (int row = 0; row < start.length; row++) {
            double least = Double.POSITIVE_INFINITY;
            for (int choice : allowed) {
                if (choice != start[row]) {
                    least = Math.min(least, loss(costAbove(row, choice), errorAbove(row, choice)));
                }
            }
            if (least < gap()) {
                candidates.add(new Candidate(row, least));
            }
        }
        candidates.sort(Comparator.comparingDouble(Candidate::loss));
        return candidates;
    }

    /** Each state with each choice of a row, as far as the bound lets it. */
    private List<State> extended(List<State> states, int row) {
        List<State> extended = new ArrayList<>(states);
        double gap = gap();
        for (int choice : allowed) {
            if (choice == start[row] || !table.has(row, choice)) {
                continue;
            }
            long costAbove = costAbove(row, choice);
            double errorAbove = errorAbove(row, choice);
            if (loss(costAbove, errorAbove) >= gap) {
                continue;
            }
            for (State state : states) {
                long cost = state.cost + costAbove;
                double error = state.error + errorAbove;
                if (loss(cost, error) < gap) {
                    extended.add(new State(cost, error, state, row, choice));
                }
            }
        }
        extended.sort(BY_COST);
        return extended;
    }

    /** Of states by cost, those with a lower error than all before. */
    private static List<State> undominated(List<State> states) {
        List<State> kept = new ArrayList<>();
        double least = Double.POSITIVE_INFINITY;
        for (State state : states) {
            if (state.error < least) {
                least = state.error;
                kept.add(state);
            }
        }
        return kept;
    }

    private List<State> leastLosses(List<State> states) {
        Comparator<State> byLoss = Comparator.comparingDouble(s -> loss(s.cost, s.error));
        return states.stream().sorted(byLoss).limit(MOST_STATES).sorted(BY_COST).toList();
    }

    private void keepBest(List<State> states) {
        for (State state : states) {
            if (state.cost <= left && state.error < best.error) {
                best = state;
            }
        }
    }

    private int[] changed() {
        int[] choices = start.clone();
        for (State state = best; state.before != null; state = state.before) {
            choices[state.row] = state.choice;
        }
        return choices;
    }
}
