package dev.deltapress.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.deltapress.parallel.Team;
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
import java.util.List;
import java.util.stream.Stream;

/** The loops against plain ones over {@link Floats}, which say what is meant. */
class ElementLoopsTest {
    private static final List<DType> TYPES = List.of(DType.F32, DType.F16, DType.BF16);

    static Stream<Arguments> pairsOfTypes() {
        return TYPES.stream().flatMap(x -> TYPES.stream().map(y -> Arguments.of(x, y)));
    }

    @ParameterizedTest(name = "{0} - {1}")
    @MethodSource("pairsOfTypes")
    void differencesAreTakenInF32(DType tunedType, DType baseType) {
        for (int count : FloatSamples.LENGTHS) {
            Elements tuned = FloatSamples.elements(tunedType, count, 1);
            Elements base = FloatSamples.elements(baseType, count, 2);
            float[] expected = FloatSamples.values(tuned);
            float[] subtrahends = FloatSamples.values(base);
            long nonFinite = 0;
            for (int i = 0; i < count; i++) {
                expected[i] -= subtrahends[i];
                nonFinite += Float.isFinite(expected[i]) ? 0 : 1;
            }
            Elements out = FloatSamples.zeros(DType.F32, count);

            assertThat(ElementLoops.subtract(tuned, base, out)).isEqualTo(nonFinite);
            assertArrayEquals(expected, FloatSamples.values(out), count + " elements");
        }
    }

    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("pairsOfTypes")
    void sumsAreRoundedOnceAndOverflowsCounted(DType baseType, DType outType) {
        for (int count : FloatSamples.LENGTHS) {
            Elements base = FloatSamples.elements(baseType, count, 3);
            Elements delta = FloatSamples.elements(DType.F32, count, 4);
            Elements expected = FloatSamples.zeros(outType, count);
            long overflows = 0;
            for (int i = 0; i < count; i++) {
                float sum =
                        Floats.get(base.data(), baseType, i)
                                + Floats.get(delta.data(), DType.F32, i);
                Floats.set(expected.data(), outType, i, sum);
                float rounded = Floats.get(expected.data(), outType, i);
                overflows += Float.isInfinite(rounded) && Float.isFinite(sum) ? 1 : 0;
            }
            Elements out = FloatSamples.zeros(outType, count);

            assertThat(ElementLoops.add(base, delta, out)).isEqualTo(overflows);
            assertArrayEquals(
                    FloatSamples.values(expected), FloatSamples.values(out), count + " elements");
        }
    }

    @ParameterizedTest(name = "{0} and {1}")
    @MethodSource("pairsOfTypes")
    void squaresAreSummedInTheOrderThatIsPromised(DType tunedType, DType restoredType) {
        for (int count : FloatSamples.LENGTHS) {
            Elements truth = finite(DType.F32, count, 5);
            Elements decoded = finite(DType.F32, count, 6);
            Elements tuned = finite(tunedType, count, 7);
            Elements restored = finite(restoredType, count, 8);

            ErrorSums sums = ElementLoops.compare(truth, decoded, tuned, restored);

            Elements zero = FloatSamples.zeros(DType.F32, count);
            assertThat(sums)
                    .isEqualTo(
                            new ErrorSums(
                                    squares(truth, zero),
                                    squares(decoded, truth),
                                    squares(restored, tuned)));
        }
    }

    @Test
    void piecesGiveTheSameForAnyNumberOfThreadsAndWhereNoOtherThreadMayLook() {
        int count = 3_000_001;
        Elements tuned = finite(DType.BF16, count, 9);
        Elements base = finite(DType.BF16, count, 10);
        Elements delta = FloatSamples.zeros(DType.F32, count);
        Elements restored = FloatSamples.zeros(DType.BF16, count);
        PieceLoop alone = new PieceLoop(Team.alone());
        alone.sum(ElementLoops::subtract, tuned, base, delta);
        alone.sum(ElementLoops::add, base, delta, restored);
        ErrorSums expected = alone.errors(new JavaLoops(), delta, base(delta), tuned, restored);
        for (int threads : new int[] {2, 4}) {
            try (Team team = new Team(threads);
                    Arena confined = Arena.ofConfined()) {
                PieceLoop pieces = new PieceLoop(team);
                for (Arena arena : List.of(Arena.ofAuto(), confined)) {
                    Elements difference = like(delta, arena);
                    Elements sum = like(restored, arena);

                    pieces.sum(ElementLoops::subtract, tuned, base, difference);
                    pieces.sum(ElementLoops::add, base, difference, sum);

                    assertThat(difference.data().mismatch(delta.data())).isEqualTo(-1);
                    assertThat(sum.data().mismatch(restored.data())).isEqualTo(-1);
                    assertThat(pieces.errors(new JavaLoops(), difference, base(delta), tuned, sum))
                            .isEqualTo(expected);
                }
            }
        }
    }

    private static Elements base(Elements delta) {
        return finite(DType.F32, (int) delta.count(), 11);
    }

    private static Elements like(Elements elements, Arena arena) {
        return new Elements(arena.allocate(elements.data().byteSize(), 1), elements.dtype());
    }

    private static Elements finite(DType dtype, int count, long seed) {
        Elements elements = FloatSamples.elements(dtype, count, seed);
        MemorySegment data = elements.data();
        for (int i = 0; i < count; i++) {
            if (!Float.isFinite(Floats.get(data, dtype, i))) {
                Floats.set(data, dtype, i, -0f);
            }
        }
        return elements;
    }

    private static double squares(Elements x, Elements y) {
        double[] stripes = new double[ElementLoops.STRIPES];
        for (int i = 0; i < x.count(); i++) {
            double difference =
                    (double) Floats.get(x.data(), x.dtype(), i)
                            - Floats.get(y.data(), y.dtype(), i);
            stripes[i % stripes.length] += difference * difference;
        }
        for (int half = stripes.length / 2; half > 0; half /= 2) {
            for (int j = 0; j < half; j++) {
                stripes[j] += stripes[j + half];
            }
        }
        return stripes[0];
    }
}
