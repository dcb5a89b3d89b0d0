package dev.deltapress.linalg;

/**
 * Plane rotations over neighbouring rows, from {@code bottomRow} upwards: rotation t works on rows
 * {@code bottomRow - 1 - t} and {@code bottomRow - t}.
 *
 * @param cosines holds the cosine of rotation t at {@code from + t}
 * @param sines holds the sine of rotation t at {@code from + t}
 */
@SuppressWarnings("ArrayRecordComponent") // read at once, never compared
public record RotationSweep(int bottomRow, int count, double[] cosines, double[] sines, int from) {}
