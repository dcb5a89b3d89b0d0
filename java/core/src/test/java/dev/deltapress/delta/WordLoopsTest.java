package dev.deltapress.delta;

import static org.assertj.core.api.Assertions.assertThat;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.deltapress.delta.WordCode.Narrow;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Elements;
import dev.deltapress.tensor.FloatSamples;
import dev.deltapress.tensor.Floats;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The loops against {@link WordCode}, element by element. */
class WordLoopsTest {

    static Stream<Arguments> codes() {
        Stream<Arguments> plain =
                Stream.of(DType.U8, DType.I8, DType.I16, DType.F16, DType.BF16)
                        .map(dtype -> Arguments.of(dtype, Narrow.NONE));
        Stream<Arguments> wide =
                Stream.of(DType.I32, DType.F32, DType.U64, DType.F64)
                        .map(dtype -> Arguments.of(dtype, Narrow.NONE));
        Stream<Arguments> narrow =
                Stream.of(Narrow.F16, Narrow.BF16).map(n -> Arguments.of(DType.F32, n));
        return Stream.of(plain, wide, narrow).flatMap(all -> all);
    }

    @ParameterizedTest(name = "{0} as {1}")
    @MethodSource("codes")
    void wordsAndElementsAreThoseOfTheReference(DType dtype, Narrow narrow) {
        for (boolean predicted : new boolean[] {false, true}) {
            WordCode code = WordCode.of(dtype, narrow, predicted);
            for (int count : FloatSamples.LENGTHS) {
                MemorySegment data = random(dtype, count + 2, 1);
                MemorySegment base = random(dtype, count + 2, 2);
                MemorySegment planes = bytes((long) count * code.width());
                MemorySegment out = random(dtype, count + 2, 3);
                MemorySegment expected = bytes(out.byteSize()).copyFrom(out);
                for (int i = 0; i < count; i++) {
                    code.decode(code.encode(data, base, 2 + i), base, expected, 2 + i);
                }
                WordLoops loops = new WordLoops(code);

                loops.encode(data, base, 2, count, planes);
                loops.decode(planes, base, 2, count, out);

                for (int i = 0; i < count; i++) {
                    assertThat(word(planes, i, count, code.width()))
                            .as("element %d of %d", i, count)
                            .isEqualTo(code.encode(data, base, 2 + i));
                }
                assertThat(out.mismatch(expected)).as("%d elements", count).isEqualTo(-1);
            }
        }
    }

    @Test
    void everyPairOfHalvesNearACrossingOfZeroComesBack() {
        int[] words = IntStream.range(-300, 300).map(i -> i < 0 ? 0x8000 - i : i).toArray();
        WordCode code = WordCode.of(DType.F16, Narrow.NONE, true);
        WordLoops loops = new WordLoops(code);
        for (int base : words) {
            MemorySegment data = halves(words);
            MemorySegment bases = halves(IntStream.generate(() -> base).limit(600).toArray());
            MemorySegment planes = bytes(1200);
            MemorySegment out = bytes(1200);

            loops.encode(data, bases, 0, 600, planes);
            loops.decode(planes, bases, 0, 600, out);

            assertThat(out.mismatch(data)).isEqualTo(-1);
        }
    }

    @Test
    void aTypeHoldsATensorOnlyIfItHoldsTheLastElement() {
        for (int count : new int[] {1, 7, 4096, 4097, 9001}) {
            Elements elements = FloatSamples.zeros(DType.F32, count);
            MemorySegment data = elements.data();
            for (int i = 0; i < count; i++) {
                Floats.set(data, DType.F32, i, i % 2048 - 1024);
            }
            assertThat(WordLoops.holds(Narrow.F16, data)).isTrue();
            Floats.set(data, DType.F32, count - 1, 2049f);
            assertThat(WordLoops.holds(Narrow.F16, data)).isFalse();
            for (int i = 0; i < count; i++) {
                Floats.set(data, DType.F32, i, (i % 256 - 128) * 0x1p90f);
            }
            assertThat(WordLoops.holds(Narrow.BF16, data)).isTrue();
            assertThat(WordLoops.holds(Narrow.F16, data)).isFalse();
            Floats.set(data, DType.F32, count - 1, 257f);
            assertThat(WordLoops.holds(Narrow.BF16, data)).isFalse();
        }
    }

    /** Neither keeps all bits of one that signals, so such a tensor is never narrowed. */
    @Test
    void noTypeHoldsANaNThatSignals() {
        MemorySegment data = bytes(4);
        for (int bits : new int[] {0x7F800001, 0x7F802000, 0xFFA00000}) {
            data.set(Floats.WORD32, 0, bits);

            assertThat(WordLoops.holds(Narrow.F16, data)).isFalse();
            assertThat(WordLoops.holds(Narrow.BF16, data)).isFalse();
        }
    }

    private static long word(MemorySegment planes, int index, int count, int width) {
        long word = 0;
        for (int plane = 0; plane < width; plane++) {
            word |= (planes.get(JAVA_BYTE, (long) plane * count + index) & 0xFFL) << (8 * plane);
        }
        return word;
    }

    private static MemorySegment random(DType dtype, int count, long seed) {
        if (dtype == DType.F32) {
            return FloatSamples.elements(dtype, count, seed).data();
        }
        byte[] bytes = new byte[count * dtype.bits() / 8];
        new Random(seed).nextBytes(bytes);
        return bytes(bytes.length).copyFrom(MemorySegment.ofArray(bytes));
    }

    private static MemorySegment halves(int[] words) {
        MemorySegment data = bytes(2L * words.length);
        for (int i = 0; i < words.length; i++) {
            data.setAtIndex(Floats.WORD16, i, (short) words[i]);
        }
        return data;
    }

    /** At an odd address. */
    private static MemorySegment bytes(long size) {
        return Arena.ofAuto().allocate(size + 8, 8).asSlice(5, size);
    }
}
