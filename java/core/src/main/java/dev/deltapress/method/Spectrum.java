package dev.deltapress.method;

import java.util.Arrays;

/** Which singular values count. */
final class Spectrum {

    private Spectrum() {}

    /** Those that are more than the rounding of f32 elements, from descending ones. */
    static double[] aboveNoise(double[] values, int rows, int columns) {
        double side = Math.max(rows, columns);
        int count = 0;
        while (count < values.length && values[count] > values[0] * side * 0x1p-24) {
            count++;
        }
        return Arrays.copyOf(values, count);
    }

    /** The same of what a backend gives. */
    static double[] aboveNoise(float[] values, int rows, int columns) {
        double[] wide = new double[values.length];
        for (int k = 0; k < wide.length; k++) {
            wide[k] = values[k];
        }
        return aboveNoise(wide, rows, columns);
    }
}
