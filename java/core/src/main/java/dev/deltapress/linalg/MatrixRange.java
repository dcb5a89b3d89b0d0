package dev.deltapress.linalg;

import dev.deltapress.parallel.Team;

/**
 * What one pass over a matrix tells of its size.
 *
 * @param largest the largest magnitude of an entry, 0 for an empty matrix
 * @param energy the sum of squares of the entries, in fp64
 */
record MatrixRange(float largest, double energy) {

    /** Partial sums of a row, so that an addition need not wait for the last. */
    private static final int STRIPES = Kernels.STRIPES_F64;

    /** Rows that one thread looks at together. */
    private static final int ROWS = 64;

    /**
     * @throws IllegalArgumentException at the first entry that is NaN or infinite
     */
    static MatrixRange of(Team team, Matrix a) {
        int groups = Math.ceilDiv(a.rows(), ROWS);
        MatrixRange[] ranges = new MatrixRange[groups];
        team.forEach(groups, g -> ranges[g] = ofRows(a, g * ROWS));
        float largest = 0;
        double energy = 0;
        for (MatrixRange range : ranges) {
            largest = Math.max(largest, range.largest);
            energy += range.energy;
        }
        return new MatrixRange(largest, energy);
    }

    private static MatrixRange ofRows(Matrix a, int first) {
        float[] row = new float[Math.ceilDiv(a.columns(), STRIPES) * STRIPES];
        double[] sums = new double[STRIPES];
        float largest = 0;
        double energy = 0;
        for (int i = first; i < Math.min(first + ROWS, a.rows()); i++) {
            a.copyRow(i, 0, a.columns(), row, 0);
            for (float value : row) {
                largest = Math.max(largest, Math.abs(value));
            }
            if (!(largest <= Float.MAX_VALUE)) {
                throw new IllegalArgumentException(notFinite(i, row));
            }
            sumSquares(row, sums);
            energy += Kernels.sumOf8(sums, 0);
        }
        return new MatrixRange(largest, energy);
    }

    private static void sumSquares(float[] row, double[] sums) {
        double s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
        for (int j = 0; j < row.length; j += STRIPES) {
            s0 = Math.fma((double) row[j], row[j], s0);
            s1 = Math.fma((double) row[j + 1], row[j + 1], s1);
            s2 = Math.fma((double) row[j + 2], row[j + 2], s2);
            s3 = Math.fma((double) row[j + 3], row[j + 3], s3);
            s4 = Math.fma((double) row[j + 4], row[j + 4], s4);
            s5 = Math.fma((double) row[j + 5], row[j + 5], s5);
            s6 = Math.fma((double) row[j + 6], row[j + 6], s6);
            s7 = Math.fma((double) row[j + 7], row[j + 7], s7);
        }
        sums[0] = s0;
        sums[1] = s1;
        sums[2] = s2;
        sums[3] = s3;
        sums[4] = s4;
        sums[5] = s5;
        sums[6] = s6;
        sums[7] = s7;
    }

    private static String notFinite(int i, float[] row) {
        int j = 0;
        while (Float.isFinite(row[j])) {
            j++;
        }
        return "entry (%d, %d) is %s, expected finite numbers".formatted(i, j, row[j]);
    }
}
