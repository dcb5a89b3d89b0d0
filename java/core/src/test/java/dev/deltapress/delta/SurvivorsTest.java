package dev.deltapress.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.deltapress.linalg.Matrix;
import dev.deltapress.tensor.FloatSamples;
import dev.deltapress.tensor.Floats;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;

class SurvivorsTest {

    @ParameterizedTest(name = "threshold {0}")
    @ValueSource(longs = {1, 1L << 28, 1L << 31, (1L << 32) - 1, 1L << 32})
    void entriesAreTakenOutAndPutBackAsTheReferenceDoes(long threshold) {
        for (int entries : FloatSamples.LENGTHS) {
            int[] draws = new Random(entries).ints(entries).toArray();
            float[] values = FloatSamples.mixed(2 * entries, 1);
            short[] expected = survivors(values, draws, threshold);
            try (Arena arena = Arena.ofConfined()) {
                Matrix factor = Matrix.copyOf(arena, 2, entries, values);
                MemorySegment packed = arena.allocate(2L * entries + 3, 1);
                Survivors survivors = new Survivors(entries + 1);

                long bytes = survivors.pack(factor, 1, draws, threshold, packed, 3);
                survivors.read(packed, 3, expected.length, 1.7, -0.3);
                survivors.spread(draws, threshold, factor, 0);

                assertThat(bytes).isEqualTo(2L * expected.length);
                assertThat(packed.asSlice(3, bytes).toArray(Floats.WORD16)).isEqualTo(expected);
                assertArrayEquals(
                        unpacked(expected, draws, threshold),
                        factor.rowRange(0, 1).data().toArray(Matrix.LAYOUT));
            }
        }
    }

    /** Of the second row. */
    private static short[] survivors(float[] values, int[] draws, long threshold) {
        short[] words = new short[draws.length];
        int count = 0;
        for (int i = 0; i < draws.length; i++) {
            if (MaskKey.survives(draws[i], threshold)) {
                words[count++] = Float.floatToFloat16(values[draws.length + i]);
            }
        }
        return Arrays.copyOf(words, count);
    }

    private static float[] unpacked(short[] words, int[] draws, long threshold) {
        float[] row = new float[draws.length];
        int next = 0;
        for (int i = 0; i < draws.length; i++) {
            if (MaskKey.survives(draws[i], threshold)) {
                float rescaled = (float) (Float.float16ToFloat(words[next++]) * 1.7);
                row[i] = (float) (rescaled * -0.3);
            }
        }
        return row;
    }
}
