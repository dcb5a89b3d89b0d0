package dev.deltapress.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.Arrays;

class ChunkTest {

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void elementsComeInAsTheReferenceReadsThem(DType dtype) {
        for (int length : FloatSamples.LENGTHS) {
            Elements elements = FloatSamples.elements(dtype, length + 5, length);
            int count = Math.min(Chunk.SIZE, length);
            Chunk chunk = new Chunk();

            chunk.read(elements, 5, count);

            float[] expected = FloatSamples.values(elements.slice(5, count));
            assertArrayEquals(expected, Arrays.copyOf(chunk.values(), count), "length " + length);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void elementsGoOutAsTheReferenceStoresThemAndNothingElseIsTouched(DType dtype) {
        for (int length : FloatSamples.LENGTHS) {
            int count = Math.min(Chunk.SIZE, length);
            Elements expected = FloatSamples.elements(dtype, count + 9, 1);
            Elements actual = FloatSamples.elements(dtype, count + 9, 1);
            Chunk chunk = chunkOf(FloatSamples.mixed(count, 2));
            for (int i = 0; i < count; i++) {
                Floats.set(expected.data(), dtype, 4 + i, chunk.values()[i]);
            }

            chunk.write(actual, 4, count);

            assertThat(actual.data().mismatch(expected.data()))
                    .as("length %d", length)
                    .isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void whatIsNotFiniteIsCountedBeforeAndAfterRounding(DType dtype) {
        for (int length : FloatSamples.LENGTHS) {
            int count = Math.min(Chunk.SIZE, length);
            float[] values = FloatSamples.mixed(count, length);
            int nonFinite = 0;
            int overflows = 0;
            for (float value : values) {
                Elements one = FloatSamples.zeros(dtype, 1);
                Floats.set(one.data(), dtype, 0, value);
                float rounded = Floats.get(one.data(), dtype, 0);
                nonFinite += Float.isFinite(value) ? 0 : 1;
                overflows += Float.isFinite(value) && Float.isInfinite(rounded) ? 1 : 0;
            }

            assertThat(chunkOf(values).nonFinite(count)).isEqualTo(nonFinite);
            assertThat(chunkOf(values).overflows(dtype, count)).isEqualTo(overflows);
        }
    }

    private static Chunk chunkOf(float[] values) {
        Chunk chunk = new Chunk();
        System.arraycopy(values, 0, chunk.values(), 0, values.length);
        return chunk;
    }
}
