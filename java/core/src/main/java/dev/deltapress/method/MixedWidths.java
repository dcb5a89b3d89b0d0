package dev.deltapress.method;

import dev.deltapress.allocate.Allocation;
import dev.deltapress.allocate.ChoiceTable;
import dev.deltapress.allocate.MultipleChoiceKnapsack;
import dev.deltapress.delta.BitGroup;
import dev.deltapress.delta.CodeStream;
import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.Grid;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * Widths of the components of a matrix by DeltaMix's 0/1 programme (arXiv 2506.11087): the least
 * total error under a budget of bytes, with at most so many different widths.
 *
 * <p>The error of a component with singular value s is s^2 (1 - (1 - D(bU)) (1 - D(bV))), D the
 * mean squared error of the grid for a unit normal distribution: what is left of s u v' by
 * roundings of u and v that are uncorrelated with what they round to. Its cost are the bytes of
 * both sides and of its place in the table.
 *
 * <p>An entry of either side is worth the same, so the shorter side, which costs less, gets more
 * bits: at high rates half the binary logarithm of the ratio of the sides.
 */
final class MixedWidths {
    /** What a component may be: not there, 1 to 8 bits, or f16. */
    static final int CHOICES = 10;

    private static final int USUAL_GROUPS = 4;

    /** Bytes of a block below which the header of a group is a thousandth or more. */
    private static final long SMALL = 8000;

    private final int rows;
    private final int columns;
    private final Grid grid;
    private final int different;

    /**
     * @param grid of codes, {@link Grid#SYMMETRIC} where it has no codes of a width
     * @param different how many different choices there may be, dropped components counted as one
     */
    MixedWidths(int rows, int columns, Grid grid, int different) {
        this.rows = rows;
        this.columns = columns;
        this.grid = grid;
        this.different = different;
    }

    /** How many more bits an entry of the shorter side has. */
    private int more() {
        double sides = (double) Math.max(rows, columns) / Math.min(rows, columns);
        return (int) Math.rint(0.5 * StrictMath.log(sides) / StrictMath.log(2));
    }

    /** One component of a choice above 0. */
    private BitGroup one(int choice) {
        if (choice == CHOICES - 1) {
            return BitGroup.half(1);
        }
        int shorter = Math.min(Byte.SIZE, choice + more());
        int u = rows <= columns ? shorter : choice;
        int v = rows <= columns ? choice : shorter;
        return new BitGroup(1, grid.hasBits(u, v) ? grid : Grid.SYMMETRIC, u, v);
    }

    private long bytes(BitGroup one) {
        return FactorBlock.headerBytes(2, 1, /* compact= */ true, /* keepAll= */ true)
                - FactorBlock.headerBytes(1, 1, /* compact= */ true, /* keepAll= */ true)
                + CodeStream.byteSize(rows, one.uBits())
                + CodeStream.byteSize(columns, one.vBits());
    }

    /** Bytes of a header without components. */
    private static long headerBytes(int groups) {
        return FactorBlock.headerBytes(1, groups, /* compact= */ true, /* keepAll= */ true)
                - Short.BYTES;
    }

    /** Bytes of the least block that is not empty. */
    long leastBytes() {
        return headerBytes(1) + bytes(one(1));
    }

    /**
     * What a budget surely pays for in whole bits of components, where both sides have as many: in
     * up to {@link #USUAL_GROUPS} groups and with 2 bits a component in the mean. The rest, less
     * than a bit, could hardly be spent. Where the sides differ, so do the bytes of a bit more and
     * of a component more, and together they fill any budget.
     */
    long usable(long budget) {
        int groups = Math.min(different - 1, USUAL_GROUPS);
        long bit = CodeStream.byteSize(rows, 1) + CodeStream.byteSize(columns, 1);
        long pairs = (budget - headerBytes(groups)) / (2 * bit + Short.BYTES);
        long left = budget - headerBytes(groups) - pairs * (2 * bit + Short.BYTES);
        long single = left >= bit + Short.BYTES ? bit + Short.BYTES : 0;
        boolean whole = more() == 0 && pairs > 0;
        return whole ? budget - left + single : budget;
    }

    /** How many components of the least width a budget pays for. */
    int affordable(long budget) {
        long most = Math.max(0, budget - headerBytes(1)) / bytes(one(1));
        return (int) Math.min(Math.min(rows, columns), most);
    }

    /**
     * About how many components are kept.
     *
     * @param s the leading singular values, descending
     * @param budget bytes of the block
     */
    int components(double[] s, long budget) {
        long values = Math.max(0, budget - headerBytes(1));
        Allocation free = MultipleChoiceKnapsack.solve(table(s), values);
        return free == null ? 0 : components(groups(free.choices()));
    }

    static int components(List<BitGroup> groups) {
        return groups.stream().mapToInt(BitGroup::components).sum();
    }

    /**
     * The groups of the components that are kept: the leading ones, wider before narrower. All cost
     * the same, so no other order of the same widths has a lower error.
     *
     * @param s singular values, descending
     * @param budget bytes of the block
     */
    List<BitGroup> groups(double[] s, long budget) {
        ChoiceTable table = table(s);
        long payable = 1 + (budget - leastBytes()) / (headerBytes(2) - headerBytes(1));
        int most = (int) Math.min(payable, Math.min(CHOICES, different) - 1);
        if (most < 1 || s.length == 0) {
            return List.of();
        }
        Allocation best = allocation(table, budget, most);
        if (budget < SMALL) {
            for (int groups = most - 1; groups > 0; groups--) {
                Allocation fewer = allocation(table, budget, groups);
                best = fewer.error() < best.error() ? fewer : best;
            }
            return groups(best.choices());
        }
        int used = groups(best.choices()).size();
        // Now without headers that are not needed; these bytes might pay for groups without any.
        Allocation fuller = solve(table, budget, Math.max(1, used), different);
        boolean fits = groups(fuller.choices()).size() <= used;
        return groups((fits ? fuller : best).choices());
    }

    /** The best one of at most so many groups. */
    private Allocation allocation(ChoiceTable table, long budget, int groups) {
        Allocation found = solve(table, budget, groups, Math.min(different, groups + 1));
        boolean fits = groups(found.choices()).size() <= groups;
        // With none dropped, one of the choices is to be a group less.
        return fits ? found : solve(table, budget, groups, groups);
    }

    private static Allocation solve(ChoiceTable table, long budget, int groups, int most) {
        // Dropping all fits any budget.
        return Objects.requireNonNull(
                MultipleChoiceKnapsack.solve(table, budget - headerBytes(groups), most));
    }

    private List<BitGroup> groups(int[] choices) {
        List<BitGroup> groups = new ArrayList<>();
        for (int choice = CHOICES - 1; choice > 0; choice--) {
            int its = choice;
            long components = IntStream.of(choices).filter(c -> c == its).count();
            if (components > 0) {
                BitGroup one = one(choice);
                groups.add(new BitGroup((int) components, one.grid(), one.uBits(), one.vBits()));
            }
        }
        return groups;
    }

    private ChoiceTable table(double[] s) {
        long[] costs = new long[s.length * CHOICES];
        double[] errors = new double[costs.length];
        long[] costOf = new long[CHOICES];
        double[] leftOf = new double[CHOICES];
        leftOf[0] = 1;
        for (int choice = 1; choice < CHOICES; choice++) {
            BitGroup one = one(choice);
            costOf[choice] = bytes(one);
            double u = one.grid().normalError(one.uBits());
            double v = one.grid().normalError(one.vBits());
            leftOf[choice] = 1 - (1 - u) * (1 - v);
        }
        for (int i = 0; i < costs.length; i++) {
            double energy = s[i / CHOICES] * s[i / CHOICES];
            costs[i] = costOf[i % CHOICES];
            errors[i] = energy * leftOf[i % CHOICES];
        }
        return new ChoiceTable(s.length, CHOICES, costs, errors);
    }
}
