package dev.deltapress.linalg;

/**
 * Random vectors with entries 1 and -1, which start Krylov spaces; the same ones in every run and
 * on every backend.
 */
public final class RandomSigns {

    private RandomSigns() {}

    /**
     * Fills a matrix.
     *
     * @param draw which of many: other numbers give independent matrices
     */
    public static void fill(Matrix m, int draw) {
        float[] row = new float[m.columns()];
        for (int i = 0; i < m.rows(); i++) {
            long first = ((long) draw << 40) + (long) i * row.length;
            for (int j = 0; j < row.length; j++) {
                row[j] = SplitMix.at(first + j) < 0 ? -1 : 1;
            }
            m.setRow(i, row);
        }
    }
}
