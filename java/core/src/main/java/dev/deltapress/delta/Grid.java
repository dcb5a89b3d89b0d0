package dev.deltapress.delta;

import org.jspecify.annotations.Nullable;

/**
 * What the values of a component are rounded to (docs/format.md, section 5). Grids of few bits are
 * made for values near a normal distribution, which entries of singular vectors have.
 */
public enum Grid {
    /** f16 values as they are. */
    HALF(1, 0),
    /** Equal steps of 1 around 0, which is no level itself. One bit is the sign. */
    SYMMETRIC(2, Codebook.MAX_BITS),
    /** The levels of least squared error for a unit normal distribution. */
    GAUSSIAN(4, 4);

    /** Bits of an f16 value. */
    public static final int HALF_BITS = 16;

    /**
     * Steps of least squared error for a unit normal distribution, by bits (Max, "Quantizing for
     * minimum distortion", 1960, table II, continued).
     */
    private static final double[] STEPS = {
        1.595769122,
        0.9956866859,
        0.5860194414,
        0.3352006122,
        0.1881387903,
        0.1040630094,
        0.05686767238,
        0.03076238758
    };

    /** Their squared errors (the same table), and those of the Gaussian levels. */
    private static final double[] STEP_ERRORS = {
        0.3634, 0.1188, 0.03744, 0.01154, 0.003495, 0.001040, 0.0003035, 0.00008714
    };

    private static final double[] LEVEL_ERRORS = {0.3634, 0.1175, 0.03454, 0.009497};

    /** Mean square of the rounding of a normal number to f16, as part of its own. */
    private static final double HALF_ERROR = 0x1p-24;

    /** The positive Gaussian levels, by bits (Max, table I, with more digits). */
    private static final float[][] POSITIVE = {
        {0.7978846f},
        {0.45278004f, 1.5104176f},
        {0.24509418f, 0.7560053f, 1.3439093f, 2.1519456f},
        {
            0.12839504f,
            0.3880483f,
            0.65675914f,
            0.94234043f,
            1.2562312f,
            1.6180464f,
            2.0690172f,
            2.7325895f
        }
    };

    private final int code;
    private final int mostBits;

    Grid(int code, int mostBits) {
        this.code = code;
        this.mostBits = mostBits;
    }

    /** As files store it. */
    int code() {
        return code;
    }

    static @Nullable Grid ofCode(int code) {
        for (Grid grid : values()) {
            if (grid.code == code) {
                return grid;
            }
        }
        return null;
    }

    /**
     * Whether groups of this grid may have sides of these bits. Beside codes the other side may
     * hold f16 values.
     */
    public boolean hasBits(int uBits, int vBits) {
        if (this == HALF || (uBits == HALF_BITS && vBits == HALF_BITS)) {
            return this == HALF && uBits == HALF_BITS && vBits == HALF_BITS;
        }
        return hasBits(uBits) && hasBits(vBits);
    }

    private boolean hasBits(int bits) {
        return bits == HALF_BITS || (bits >= 1 && bits <= mostBits);
    }

    /**
     * Levels of codes, and the boundaries in the middle between them.
     *
     * @throws IllegalArgumentException if the grid has no codes of so many bits
     */
    public Codebook codebook(int bits) {
        float[] levels = levels(bits);
        float[] boundaries = new float[levels.length - 1];
        for (int i = 0; i < boundaries.length; i++) {
            boundaries[i] = (float) (((double) levels[i] + levels[i + 1]) / 2);
        }
        return new Codebook(boundaries, levels);
    }

    private float[] levels(int bits) {
        requireBits(bits);
        int count = 1 << bits;
        float[] levels = new float[count];
        for (int i = 0; i < count / 2; i++) {
            float positive = this == GAUSSIAN ? POSITIVE[bits - 1][i] : i + 0.5f;
            levels[count / 2 + i] = positive;
            levels[count / 2 - 1 - i] = -positive;
        }
        return levels;
    }

    /** The scale of least squared error for a unit normal distribution. */
    double normalScale(int bits) {
        requireBits(bits);
        return this == GAUSSIAN ? 1 : STEPS[bits - 1];
    }

    /**
     * Mean squared error of a unit normal distribution at its best scale; entries of singular
     * vectors have nearly that.
     *
     * @param bits of codes of this grid, or 16
     */
    public double normalError(int bits) {
        if (bits == HALF_BITS) {
            return HALF_ERROR;
        }
        requireBits(bits);
        return (this == GAUSSIAN ? LEVEL_ERRORS : STEP_ERRORS)[bits - 1];
    }

    private void requireBits(int bits) {
        if (bits < 1 || bits > mostBits) {
            throw new IllegalArgumentException("%s codes of %d bits".formatted(this, bits));
        }
    }
}
