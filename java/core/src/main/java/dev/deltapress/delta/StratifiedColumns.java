package dev.deltapress.delta;

import java.util.Arrays;

/**
 * Keeps so many of each group of consecutive entries (docs/format.md, section 9).
 *
 * <p>Few of a group's draws are looked at: those below what is likely to hold all that are kept.
 */
final class StratifiedColumns implements KeptColumns {
    private static final long MAX_WORD = 0xFFFFFFFFL;
    private static final int NUMBER_BITS = 31;
    private static final long NUMBER_MASK = (1L << NUMBER_BITS) - 1;

    private final MaskKey key;
    private final long entries;
    private final int columns;
    private final int group;
    private final int keep;

    /** Below it are enough draws in nearly all groups. */
    private final long likely;

    private final PhiloxRun run = new PhiloxRun();
    private final int[] draws;
    private int drawnRow = -1;
    private int row;
    private long nextGroup;

    /** Draws of the current group with numbers of their entries, by number. */
    private final long[] ranks;

    private final long[] sorted;

    /** Kept entries of the current group, ascending, numbered from the first of the matrix. */
    private final long[] found;

    private int foundCount;
    private int taken;

    StratifiedColumns(MaskKey key, int rows, int columns, int group, int keep) {
        this.key = key;
        this.entries = (long) rows * columns;
        this.columns = columns;
        this.group = group;
        this.keep = keep;
        double enough = (keep + 2 * Math.sqrt(keep) + 2) / group;
        this.likely = (long) Math.min(MaskKey.KEEP_ALL, enough * MaskKey.KEEP_ALL);
        this.draws = MaskKey.buffer(columns);
        this.ranks = new long[group];
        this.sorted = new long[group];
        this.found = new long[keep + 1];
    }

    /** How many of the first {@code size} entries of a group are kept where it has no more. */
    static int kept(long size, int group, int keep) {
        return (int) (size * keep / group);
    }

    @Override
    public int next(int[] out) {
        long start = (long) row++ * columns;
        long end = start + columns;
        int count = 0;
        while (true) {
            while (taken < foundCount && found[taken] < end) {
                out[count++] = (int) (found[taken++] - start);
            }
            if (taken < foundCount || nextGroup >= end) {
                return count;
            }
            select();
        }
    }

    private void select() {
        long from = nextGroup;
        long to = Math.min(from + group, entries);
        int least = kept(to - from, group, keep);
        nextGroup = to;
        taken = 0;
        foundCount = 0;
        if (least == 0) {
            return;
        }
        int size = rank(from, to, likely);
        if (size < least) {
            size = rank(from, to, MaskKey.KEEP_ALL);
        }
        System.arraycopy(ranks, 0, sorted, 0, size);
        Arrays.sort(sorted, 0, size);
        long last = sorted[least - 1];
        for (int i = 0; i < size; i++) {
            found[foundCount] = from + (ranks[i] & NUMBER_MASK);
            foundCount += (int) ((ranks[i] - last - 1) >>> 63);
        }
    }

    /** Collects draws below a limit; returns how many. */
    private int rank(long from, long to, long limit) {
        int size = 0;
        int number = 0;
        for (long i = from; i < to; ) {
            int column = draw(i);
            int end = (int) Math.min(to - i + column, columns);
            size = rank(draws, column, end, number, limit, ranks, size);
            number += end - column;
            i += end - column;
        }
        return size;
    }

    /** Advances by the comparison instead of branching on it. */
    private static int rank(
            int[] draws, int from, int to, int number, long limit, long[] ranks, int size) {
        int at = size;
        for (int column = from; column < to; column++) {
            int draw = draws[column];
            ranks[at] = (draw & MAX_WORD) << NUMBER_BITS | (number + column - from);
            at += Survivors.survives(draw, limit);
        }
        return at;
    }

    /** Draws the row of an entry if it is not the current one; returns the entry's column. */
    private int draw(long entry) {
        int of = (int) (entry / columns);
        if (of != drawnRow) {
            key.draws(MaskKey.Side.ENTRIES, of, columns, run, draws);
            drawnRow = of;
        }
        return (int) (entry - (long) of * columns);
    }
}
