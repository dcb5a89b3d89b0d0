package dev.deltapress.delta;

/**
 * The numbers that codes of a few bits stand for, before they are scaled. Plain loops: this is the
 * meaning of quantisation, to which faster code is held.
 *
 * @param boundaries 2^bits - 1 of them, strictly ascending; number i separates codes i and i + 1
 * @param levels 2^bits of them: what each code stands for
 */
public record Codebook(float[] boundaries, float[] levels) {
    public static final int MAX_BITS = 8;

    /** Floats of a table of the codebooks of all widths, see {@link #at}. */
    public static final int TABLE = 510;

    /**
     * @throws IllegalArgumentException if there are not 2 to 256 levels, a power of two, or
     *     boundaries do not fit them
     */
    public Codebook {
        int count = levels.length;
        if (count < 2 || count > 1 << MAX_BITS || Integer.bitCount(count) != 1) {
            throw new IllegalArgumentException(count + " levels of a codebook");
        }
        if (boundaries.length != count - 1) {
            throw new IllegalArgumentException(
                    "%d boundaries between %d levels".formatted(boundaries.length, count));
        }
        for (int i = 1; i < boundaries.length; i++) {
            if (!(boundaries[i - 1] < boundaries[i])) {
                throw new IllegalArgumentException(
                        "boundary %d, %s, is not below the next, %s"
                                .formatted(i - 1, boundaries[i - 1], boundaries[i]));
            }
        }
    }

    /** Bits of a code, 1 to {@link #MAX_BITS}. */
    public int bits() {
        return Integer.numberOfTrailingZeros(levels.length);
    }

    /**
     * The code of x at a scale. With t = x / scale in f32 it is the number of boundaries below t,
     * where a boundary that equals t is taken to be below it if its number is odd: ties go to the
     * even code. NaN gets code 0.
     */
    public int encode(float x, float scale) {
        float t = x / scale;
        int code = 0;
        for (int i = 0; i < boundaries.length; i++) {
            if (t > boundaries[i] || (t == boundaries[i] && i % 2 == 1)) {
                code++;
            }
        }
        return code;
    }

    /**
     * {@link #encode(float, float)} of the first entries, found by halving. Halving meets odd
     * boundaries first and an even one last, so a tie at any but the last lies above.
     */
    void encode(float[] x, float scale, byte[] codes, int count) {
        int first = levels.length / 2;
        for (int i = 0; i < count; i++) {
            float t = x[i] / scale;
            int code = 0;
            for (int half = first; half > 1; half >>= 1) {
                code += t >= boundaries[code + half - 1] ? half : 0;
            }
            codes[i] = (byte) (code + (t > boundaries[code] ? 1 : 0));
        }
    }

    /** {@link #decode(int, float)} of the first codes. */
    void decode(byte[] codes, float scale, float[] out, int count) {
        float[] scaled = new float[levels.length];
        for (int code = 0; code < levels.length; code++) {
            scaled[code] = decode(code, scale);
        }
        for (int i = 0; i < count; i++) {
            out[i] = scaled[codes[i] & (levels.length - 1)];
        }
    }

    /**
     * level * scale, multiplied in f64 and rounded to f32.
     *
     * @param code bits above the width are ignored
     */
    public float decode(int code, float scale) {
        return (float) ((double) levels[code & (levels.length - 1)] * scale);
    }

    /**
     * Where the codebook of a width begins in a table of all widths, in floats. In a table of
     * boundaries the last number of each width is not used.
     */
    public static int at(int bits) {
        return (1 << bits) - 2;
    }
}
