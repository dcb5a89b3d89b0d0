package dev.deltapress.delta;

/** Kept entries whose positions are stored as gaps. */
final class StoredColumns implements KeptColumns {
    private final GolombGaps.Reader gaps;
    private final long entries;
    private final int columns;
    private int left;
    private int row;

    /** Number of the next kept entry, or more than there are. */
    private long ahead = -1;

    StoredColumns(GolombGaps.Reader gaps, long entries, int columns, int kept) {
        this.gaps = gaps;
        this.entries = entries;
        this.columns = columns;
        this.left = kept;
        advance();
    }

    private void advance() {
        if (left == 0) {
            ahead = Long.MAX_VALUE;
            return;
        }
        left--;
        ahead += 1 + gaps.next();
        if (ahead >= entries) {
            throw gaps.malformed("a kept entry behind the last");
        }
    }

    @Override
    public int next(int[] out) {
        long start = (long) row++ * columns;
        long end = start + columns;
        int count = 0;
        while (ahead < end) {
            out[count++] = (int) (ahead - start);
            advance();
        }
        return count;
    }

    @Override
    public void finish() {
        gaps.finish();
    }
}
