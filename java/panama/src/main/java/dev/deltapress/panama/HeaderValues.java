package dev.deltapress.panama;

import dev.deltapress.tensor.DType;

/** What callers need of {@code deltapress.h} beside its functions. */
public final class HeaderValues {
    /** {@code DP_PIECE}: elements of a piece of a sum, and {@code DP_STRIPES} in it. */
    private static final long PIECE = 1 << 20;

    private static final long STRIPES = 512;

    /** Sums that {@code dp_error_sums} gives. */
    public static final int ERROR_SUMS = 3;

    private HeaderValues() {}

    /** {@code dp_type}. */
    public static int type(DType dtype) {
        return switch (dtype) {
            case F32 -> 0;
            case F16 -> 1;
            case BF16 -> 2;
            default -> throw new IllegalArgumentException("no matrix type: " + dtype);
        };
    }

    /** Bytes of the work space of {@code dp_error_sums}. */
    public static long errorSumsWorkspace(long elements) {
        return ERROR_SUMS * STRIPES * Math.ceilDiv(elements, PIECE) * Double.BYTES;
    }
}
