package dev.deltapress.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Numbers on which element-wise loops could go wrong. */
public final class FloatSamples {
    /** 0, 1, either side of whole vectors of every width, of a chunk, and of several. */
    public static final List<Integer> LENGTHS =
            List.of(
                    0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 129, 383,
                    511, 512, 513, 1023, 1025, 4095, 4096, 4097, 9001);

    private static final float[] SPECIAL = {
        0f,
        -0f,
        Float.NaN,
        Float.intBitsToFloat(0x7F800001),
        Float.intBitsToFloat(0xFFC12345),
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY,
        Float.MAX_VALUE,
        -Float.MAX_VALUE,
        Float.MIN_VALUE,
        -Float.MIN_NORMAL,
        65504f,
        65519.99f,
        65520f,
        -65520f,
        0x1p-24f, // the least binary16
        0x1p-25f, // a tie between that and zero
        0x1.8p-24f,
        0x1.fep127f, // the largest bfloat16
        0x1.fefffep127f,
        0x1.ffp127f, // the least that rounds to infinity
        Float.intBitsToFloat(0x3F808000), // ties of bfloat16, to the even neighbour below and above
        Float.intBitsToFloat(0x3F818000)
    };

    private FloatSamples() {}

    /** Gaussian numbers of all sizes; every fifth is special. */
    public static float[] mixed(int count, long seed) {
        Random random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] =
                    random.nextInt(5) == 0
                            ? SPECIAL[random.nextInt(SPECIAL.length)]
                            : Math.scalb((float) random.nextGaussian(), random.nextInt(60) - 30);
        }
        return values;
    }

    /** Such numbers as elements of a type, at an odd address. */
    public static Elements elements(DType dtype, int count, long seed) {
        Elements elements = zeros(dtype, count);
        float[] values = mixed(count, seed);
        IntStream.range(0, count).forEach(i -> Floats.set(elements.data(), dtype, i, values[i]));
        return elements;
    }

    /** Zeros at an odd address. */
    public static Elements zeros(DType dtype, int count) {
        long bytes = (long) count * (dtype.bits() / 8);
        MemorySegment data = Arena.ofAuto().allocate(bytes + 8, 8).asSlice(3, bytes);
        return new Elements(data, dtype);
    }

    /** The elements in f32. */
    public static float[] values(Elements elements) {
        float[] values = new float[(int) elements.count()];
        for (int i = 0; i < values.length; i++) {
            values[i] = Floats.get(elements.data(), elements.dtype(), i);
        }
        return values;
    }
}
