package dev.deltapress.delta;

import dev.deltapress.linalg.Matrix;

import java.util.Arrays;

/**
 * The kept entries of a matrix, row after row. For one thread.
 *
 * @param mask that they are kept by
 * @param rows of the matrix, as are its columns
 * @param values of the kept entries
 * @param ends number of kept entries up to the end of each row
 */
@SuppressWarnings("ArrayRecordComponent") // read at once, never compared
public record KeptEntries(EntryMask mask, int rows, int columns, float[] values, int[] ends) {

    /** Takes them out of a matrix. */
    public static KeptEntries of(EntryMask mask, MaskKey key, Matrix matrix) {
        int columns = matrix.columns();
        float[] row = new float[columns];
        int[] at = new int[columns];
        float[] values = new float[2 * columns];
        int[] ends = new int[matrix.rows()];
        int count = 0;
        KeptColumns source = mask.columns(key, matrix.rows(), columns, "");
        for (int i = 0; i < ends.length; i++) {
            int found = source.next(at);
            matrix.copyRow(i, 0, columns, row, 0);
            if (count + found > values.length) {
                values = Arrays.copyOf(values, count + Math.max(found, count / 2));
            }
            for (int j = 0; j < found; j++) {
                values[count++] = row[at[j]];
            }
            ends[i] = count;
        }
        return new KeptEntries(mask, matrix.rows(), columns, values, ends);
    }

    /** How many there are. {@link #values} may be longer. */
    public int count() {
        return ends.length == 0 ? 0 : ends[ends.length - 1];
    }

    /** The least value; 0 if there is none. */
    public float least() {
        float least = count() == 0 ? 0 : values[0];
        for (int i = 1; i < count(); i++) {
            least = Math.min(least, values[i]);
        }
        return least;
    }

    /** The largest value; 0 if there is none. */
    public float most() {
        float most = count() == 0 ? 0 : values[0];
        for (int i = 1; i < count(); i++) {
            most = Math.max(most, values[i]);
        }
        return most;
    }

    /** The largest magnitude; 0 if there is none. */
    float largest() {
        return Math.max(Math.abs(least()), Math.abs(most()));
    }

    /** The sum of squares, in fp64, row by row. */
    public double squares() {
        double squares = 0;
        int from = 0;
        for (int end : ends) {
            squares += squares(from, end);
            from = end;
        }
        return squares;
    }

    double squares(int from, int to) {
        double squares = 0;
        for (int i = from; i < to; i++) {
            squares += (double) values[i] * values[i];
        }
        return squares;
    }
}
