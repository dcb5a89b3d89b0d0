package dev.deltapress.delta;

import dev.deltapress.linalg.Matrix;

/**
 * Finds the scale of a component's grid. Buffers for components of up to that many entries; for one
 * thread.
 */
final class ComponentScale {
    private final float[] values;
    private final int[] at;
    private final byte[] codes;
    private final float[] differences;

    ComponentScale(int entries) {
        values = new float[entries];
        at = new int[entries];
        codes = new byte[entries];
        differences = new float[entries];
    }

    /**
     * The scale that {@link ScaleSearch} gives.
     *
     * @param factor holds the component in its row
     */
    float find(Grid grid, Codebook book, Matrix factor, int row, int[] draws, long threshold) {
        factor.copyRow(row, 0, factor.columns(), values, 0);
        int survivors = select(draws, threshold, factor.columns());
        float largest = 0;
        for (int i = 0; i < survivors; i++) {
            largest = Math.max(largest, Math.abs(values[i])); // NaN if either is
        }
        return ScaleSearch.scales(
                grid,
                book.bits(),
                new float[] {largest},
                new double[] {StripedSquares.sum(values, at, survivors)},
                new long[] {survivors},
                scales -> new double[] {error(book, scales[0], survivors)})[0];
    }

    /** Moves survivors to the front, and notes which they are. */
    private int select(int[] draws, long threshold, int entries) {
        int survivors = 0;
        for (int i = 0; i < entries; i++) {
            values[survivors] = values[i];
            at[survivors] = i;
            survivors += Survivors.survives(draws[i], threshold);
        }
        return survivors;
    }

    private double error(Codebook book, float scale, int survivors) {
        book.encode(values, scale, codes, survivors);
        book.decode(codes, scale, differences, survivors);
        for (int i = 0; i < survivors; i++) {
            differences[i] -= values[i];
        }
        return StripedSquares.sum(differences, at, survivors);
    }
}
