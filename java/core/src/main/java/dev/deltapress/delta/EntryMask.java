package dev.deltapress.delta;

import static dev.deltapress.tensor.Floats.WORD32;

import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;

/** Which entries of a matrix are kept (docs/format.md, section 9). */
public sealed interface EntryMask {

    /** As files store it. */
    int number();

    /** Bytes of its fields. */
    int fieldBytes();

    /** Writes its fields. */
    void writeFields(MemorySegment out, long at);

    /** What follows the header. */
    default MemorySegment stored() {
        return MemorySegment.NULL;
    }

    /**
     * Goes through the kept entries.
     *
     * @param where names file and tensor in errors
     */
    KeptColumns columns(MaskKey key, int rows, int columns, String where);

    /** Every entry. */
    record All() implements EntryMask {
        static final int NUMBER = 0;

        @Override
        public int number() {
            return NUMBER;
        }

        @Override
        public int fieldBytes() {
            return 0;
        }

        @Override
        public void writeFields(MemorySegment out, long at) {}

        @Override
        public KeptColumns columns(MaskKey key, int rows, int columns, String where) {
            int[] all = IntStream.range(0, columns).toArray();
            return out -> {
                System.arraycopy(all, 0, out, 0, columns);
                return columns;
            };
        }
    }

    /**
     * Each entry independently of the others.
     *
     * @param threshold keep rate times 2^32, 1 to 2^32
     */
    record Bernoulli(long threshold) implements EntryMask {
        static final int NUMBER = 1;
        static final int FIELD_BYTES = 4;

        @Override
        public int number() {
            return NUMBER;
        }

        @Override
        public int fieldBytes() {
            return FIELD_BYTES;
        }

        @Override
        public void writeFields(MemorySegment out, long at) {
            out.set(WORD32, at, (int) (threshold - 1));
        }

        @Override
        public KeptColumns columns(MaskKey key, int rows, int columns, String where) {
            return new BernoulliColumns(key, columns, threshold);
        }
    }

    /**
     * So many of each group of consecutive entries, row after row.
     *
     * @param group entries of a group, 1 to {@link #MOST}
     * @param keep 1 to {@code group}
     */
    record Stratified(int group, int keep) implements EntryMask {
        static final int NUMBER = 2;
        static final int FIELD_BYTES = 8;

        /** Entries of the largest group. */
        public static final int MOST = 1 << 16;

        @Override
        public int number() {
            return NUMBER;
        }

        @Override
        public int fieldBytes() {
            return FIELD_BYTES;
        }

        @Override
        public void writeFields(MemorySegment out, long at) {
            out.set(WORD32, at, group);
            out.set(WORD32, at + 4, keep);
        }

        /** How many of so many entries are kept. */
        long kept(long entries) {
            return entries / group * keep + StratifiedColumns.kept(entries % group, group, keep);
        }

        @Override
        public KeptColumns columns(MaskKey key, int rows, int columns, String where) {
            return new StratifiedColumns(key, rows, columns, group, keep);
        }
    }

    /**
     * Positions that are stored.
     *
     * @param kept how many there are
     * @param divisor of {@link GolombGaps}
     * @param stored gaps: of the first kept entry from the first entry, of each other from the one
     *     behind its predecessor
     * @param at byte of the block where gaps begin, for errors
     */
    record Stored(int kept, int divisor, MemorySegment stored, long at) implements EntryMask {
        static final int NUMBER = 3;
        static final int FIELD_BYTES = 8;

        @Override
        public int number() {
            return NUMBER;
        }

        @Override
        public int fieldBytes() {
            return FIELD_BYTES;
        }

        @Override
        public void writeFields(MemorySegment out, long field) {
            out.set(WORD32, field, divisor);
            out.set(WORD32, field + 4, Math.toIntExact(stored.byteSize()));
        }

        @Override
        public KeptColumns columns(MaskKey key, int rows, int columns, String where) {
            long entries = (long) rows * columns;
            GolombGaps.Reader gaps = new GolombGaps.Reader(stored, divisor, entries, where, at);
            return new StoredColumns(gaps, entries, columns, kept);
        }
    }

    /** Draws a row at a time. */
    final class BernoulliColumns implements KeptColumns {
        private final MaskKey key;
        private final int columns;
        private final long threshold;
        private final PhiloxRun run = new PhiloxRun();
        private final int[] draws;
        private int row;

        private BernoulliColumns(MaskKey key, int columns, long threshold) {
            this.key = key;
            this.columns = columns;
            this.threshold = threshold;
            this.draws = MaskKey.buffer(columns);
        }

        @Override
        public int next(int[] out) {
            key.draws(MaskKey.Side.ENTRIES, row++, columns, run, draws);
            return select(draws, threshold, columns, out);
        }

        /** Advances by the mask instead of branching on it. */
        private static int select(int[] draws, long threshold, int columns, int[] out) {
            int count = 0;
            for (int column = 0; column < columns; column++) {
                out[count] = column;
                count += Survivors.survives(draws[column], threshold);
            }
            return count;
        }
    }
}
