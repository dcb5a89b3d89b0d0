package dev.deltapress.delta;

import dev.deltapress.linalg.Matrix;

/**
 * Finds the scale of a component's grid. Buffers for components of up to that many entries; for one
 * thread.
 */
final class ComponentScale {
    private final float[] values;
    private final int[] survives;
    private final byte[] codes;
    private final float[] differences;
    private int entries;

    ComponentScale(int entries) {
        values = new float[entries];
        survives = new int[entries];
        codes = new byte[entries];
        differences = new float[entries];
    }

    /**
     * The scale that {@link ScaleSearch} gives.
     *
     * @param factor holds the component in its row
     */
    float find(Grid grid, Codebook book, Matrix factor, int row, int[] draws, long threshold) {
        entries = factor.columns();
        factor.copyRow(row, 0, entries, values, 0);
        long count = 0;
        float largest = 0;
        for (int i = 0; i < entries; i++) {
            survives[i] = Survivors.survives(draws[i], threshold);
            count += survives[i];
            differences[i] = survives[i] == 1 ? values[i] : 0;
            largest = Math.max(largest, Math.abs(differences[i])); // NaN if either is
        }
        double squares = StripedSquares.sum(differences, entries);
        return ScaleSearch.scales(
                grid,
                book.bits(),
                new float[] {largest},
                new double[] {squares},
                new long[] {count},
                scales -> new double[] {error(book, scales[0])})[0];
    }

    private double error(Codebook book, float scale) {
        book.encode(values, scale, codes, entries);
        book.decode(codes, scale, differences, entries);
        for (int i = 0; i < entries; i++) {
            float difference = differences[i] - values[i];
            differences[i] = survives[i] == 1 ? difference : 0;
        }
        return StripedSquares.sum(differences, entries);
    }
}
