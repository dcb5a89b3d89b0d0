package dev.deltapress.linalg;

/**
 * What one pass over a matrix tells of its size.
 *
 * @param largest the largest magnitude of an entry, 0 for an empty matrix
 * @param energy the sum of squares of the entries, in fp64
 */
record MatrixRange(float largest, double energy) {

    /**
     * @throws IllegalArgumentException at the first entry that is NaN or infinite
     */
    static MatrixRange of(Matrix a) {
        float largest = 0;
        double energy = 0;
        for (int i = 0; i < a.rows(); i++) {
            double rowEnergy = 0;
            for (int j = 0; j < a.columns(); j++) {
                float value = Math.abs(a.get(i, j));
                if (!(value <= Float.MAX_VALUE)) {
                    throw new IllegalArgumentException(
                            "entry (%d, %d) is %s, expected finite numbers"
                                    .formatted(i, j, a.get(i, j)));
                }
                largest = Math.max(largest, value);
                rowEnergy = Math.fma((double) value, value, rowEnergy);
            }
            energy += rowEnergy;
        }
        return new MatrixRange(largest, energy);
    }
}
