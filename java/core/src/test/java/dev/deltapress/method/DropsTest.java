package dev.deltapress.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.deltapress.UsageException;
import dev.deltapress.delta.ElementBlock;
import dev.deltapress.delta.EntryMask;
import dev.deltapress.delta.EntryMask.Stratified;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.delta.TensorRecord.Kind;
import dev.deltapress.tensor.Floats;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;

/** The methods that keep single entries. */
class DropsTest {
    private static final int KEPT = 4;
    private static final int FIELDS = 16;

    @ParameterizedTest(name = "{0} {1} x {2} at {3}")
    @CsvSource({
        "dare, 384, 384, 32",
        "dare, 64, 64, 32",
        "dare, 65, 130, 3.7",
        "dare, 128, 128, 128",
        "dare-qt, 384, 384, 32",
        "dare-qt, 64, 80, 16",
        "dare-qt, 128, 128, 128",
        "darex-q, 300, 200, 50",
        "deltadq, 384, 384, 8",
        "deltadq, 384, 384, 128",
        "deltadq, 64, 80, 16",
        "ultradelta, 384, 384, 32",
        "ultradelta, 128, 256, 100",
        "ultradelta, 64, 80, 16"
    })
    void theBlockFillsItsBudgetAndNeverExceedsIt(String name, int rows, int columns, double ratio) {
        Encoded encoded = Encoded.of(Methods.create(name, ratio, Map.of()), rows, columns);

        long budget = (long) (2.0 * rows * columns / ratio);
        assertThat(encoded.block().byteSize()).isBetween((long) (0.99 * budget), budget);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"dare", "dare-qt", "darex-q", "deltadq", "ultradelta"})
    void theLeastBytesHoldABlock(String name) {
        Method method = Methods.create(name, 8, Map.of());
        long least = method.leastBytes(64, 70);

        Encoded encoded = Encoded.of(method, 64, 70, Encoded.spiked(64, 70), least);

        assertThat(encoded.block().byteSize()).isLessThanOrEqualTo(least);
        assertThat(decoded(encoded)).hasSize(64 * 70);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"dare", "dare-qt", "darex-q", "deltadq", "ultradelta"})
    void whereBytesPayForEverythingEverythingIsKept(String name) {
        Method method = Methods.create(name, 1, Map.of());

        Encoded encoded = Encoded.of(method, 80, 64, Encoded.spiked(80, 64), 2 * 80 * 64 + 500);

        assertThat(word(encoded, KEPT)).isEqualTo(80 * 64);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"dare", "dare-qt", "darex-q", "deltadq", "ultradelta"})
    void aDeltaOfZerosStaysZero(String name) {
        Method method = Methods.create(name, 8, Map.of());

        Encoded encoded = Encoded.of(method, 64, 64, new float[64 * 64], 1000);

        for (float value : decoded(encoded)) {
            assertThat(Math.abs(value)).isZero();
        }
    }

    @Test
    void dareKeepsEntriesAndDividesByTheKeepRate() {
        Encoded encoded = Encoded.of(Dare.ratio(16), 256, 128);

        long threshold = Integer.toUnsignedLong(word(encoded, FIELDS)) + 1;
        double rescale = (double) MaskKey.KEEP_ALL / threshold;
        assertThat(rescale).isBetween(15.0, 17.5);
        float[] decoded = decoded(encoded);
        for (int row = 0; row < 256; row++) {
            int[] draws = Encoded.KEY.draws(MaskKey.Side.ENTRIES, row, 128);
            for (int column = 0; column < 128; column++) {
                int i = row * 128 + column;
                boolean kept = MaskKey.survives(draws[column], threshold);
                double expected = kept ? encoded.delta()[i] * rescale : 0;
                assertThat((double) decoded[i])
                        .isCloseTo(expected, within(0x1p-10 * Math.abs(expected)));
            }
        }
    }

    @Test
    void dareMayLeaveOutTheDivision() {
        Encoded plain = Encoded.of(new Dare(16, false), 128, 128);

        float[] decoded = decoded(plain);
        for (int i = 0; i < decoded.length; i++) {
            double value = decoded[i] == 0 ? 0 : plain.delta()[i];
            assertThat((double) decoded[i]).isCloseTo(value, within(0x1p-10 * Math.abs(value)));
        }
    }

    /**
     * The part of the delta that is in what is decoded: 1 in the mean, but for codes that have the
     * least squared error. Those of 2 bits lack 0.1175 of a normal distribution.
     */
    @ParameterizedTest(name = "{0}")
    @CsvSource({"dare, 1", "dare-qt, 0.8825", "deltadq, 1", "ultradelta, 1"})
    void whatIsKeptIsRightInTheMean(String name, double mean) {
        Encoded encoded = Encoded.of(Methods.create(name, 16, Map.of()), 512, 512);

        assertThat(projection(encoded)).isCloseTo(mean, within(0.03));
    }

    private static double projection(Encoded encoded) {
        float[] decoded = decoded(encoded);
        double product = 0;
        double squares = 0;
        for (int i = 0; i < decoded.length; i++) {
            product += (double) decoded[i] * encoded.delta()[i];
            squares += (double) encoded.delta()[i] * encoded.delta()[i];
        }
        return product / squares;
    }

    @Test
    void darexKeepsTheNormUnlessQIsGiven() {
        Encoded fitted = Encoded.of(DarexQ.ratio(32), 256, 256);
        assertThat(norm(decoded(fitted)) / norm(fitted.delta())).isCloseTo(1, within(1e-4));

        float[] given = decoded(Encoded.of(new DarexQ(32, "0.25", 16), 256, 256));
        for (int i = 0; i < given.length; i++) {
            if (given[i] != 0) {
                assertThat(given[i] / fitted.delta()[i]).isCloseTo(4, within(0.004f));
            }
        }
    }

    private static double norm(float[] values) {
        double squares = 0;
        for (float value : values) {
            squares += (double) value * value;
        }
        return Math.sqrt(squares);
    }

    @Test
    void darexQuantises() {
        Encoded encoded = Encoded.of(new DarexQ(16, "1", 3), 128, 128);

        assertThat(count(decoded(encoded))).isEqualTo(1 + 8);
        assertThat(word(encoded, KEPT)).isBetween(128 * 128 / 3, 128 * 128 * 10 / 27);
    }

    /** Distinct values; 0 is that of dropped entries. */
    private static long count(float[] values) {
        TreeSet<Float> distinct = new TreeSet<>();
        for (float value : values) {
            distinct.add(value);
        }
        return distinct.size();
    }

    @Test
    void rowsOfDifferentSizeGainByScalesOfTheirOwn() {
        float[] delta = new float[256 * 512];
        Random random = new Random(1);
        for (int i = 0; i < delta.length; i++) {
            delta[i] = (float) (random.nextGaussian() * Math.pow(2, i / 512 % 7 - 10));
        }
        // Enough for everything.
        long budget = delta.length;

        Encoded one = Encoded.of(new DareQt(2, 2, "gaussian", "tensor"), 256, 512, delta, budget);
        Encoded each = Encoded.of(new DareQt(2, 2, "gaussian", "row"), 256, 512, delta, budget);

        // What codes of 2 bits lack of a normal distribution (Max, table I).
        assertThat(each.relativeSquaredError()).isCloseTo(0.1175, within(0.003));
        assertThat(one.relativeSquaredError()).isGreaterThan(0.2);
    }

    @Test
    void deltaDqFindsTheSmallestGroupThatIsCloseEnough() {
        Random random = new Random(3);
        for (int round = 0; round < 2000; round++) {
            long rate = (long) (MaskKey.KEEP_ALL * Math.pow(2, -12 * random.nextDouble()));
            int least = 1 + random.nextInt(128);
            EntryMask mask = new DeltaDq(8, least, 4).mask(rate);
            if (mask instanceof Stratified found) {
                double part = part(found.group(), found.keep(), rate);
                assertThat(part).isBetween(0.99, 1.0);
                assertThat(found.group()).isGreaterThanOrEqualTo(least);
                for (int size = least; size < found.group(); size++) {
                    int keep = (int) (size * rate / MaskKey.KEEP_ALL);
                    assertThat(part(size, keep, rate)).isLessThan(Math.max(part, 511 / 512.0));
                }
            }
        }
    }

    private static double part(int group, int keep, long rate) {
        return (double) keep / group * MaskKey.KEEP_ALL / rate;
    }

    @Test
    void deltaDqKeepsAsManyInEveryGroup() {
        Encoded encoded = Encoded.of(new DeltaDq(16, 20, 3), 96, 100);
        int group = word(encoded, FIELDS);
        int keep = word(encoded, FIELDS + 4);

        float[] decoded = decoded(encoded);
        assertThat(group).isGreaterThanOrEqualTo(20);
        for (int from = 0; from + group <= decoded.length; from += group) {
            int found = 0;
            for (int i = from; i < from + group; i++) {
                found += decoded[i] == 0 ? 0 : 1;
            }
            assertThat(found).isEqualTo(keep);
        }
    }

    @ParameterizedTest(name = "{0} {1}={2}")
    @CsvSource({
        "dare, rescale, 1, 'dare: rescale must be true or false, got ''1'''",
        "dare, p, 0.9, 'dare: unknown parameter ''p''; known: rescale'",
        "dare-qt, bits, 0, 'dare-qt: bits must be 1 to 8, got 0'",
        "dare-qt, bits, 17, 'dare-qt: bits must be 1 to 8, got 17'",
        "dare-qt, bits, two, 'dare-qt: bits must be a whole number, got ''two'''",
        "dare-qt, grid, even, 'dare-qt: grid must be gaussian or symmetric, got ''even'''",
        "dare-qt, scales, group, 'dare-qt: scales must be tensor or row, got ''group'''",
        "darex-q, q, 0, 'darex-q: q must be norm or a number in (0, 1], got ''0'''",
        "darex-q, q, NaN, 'darex-q: q must be norm or a number in (0, 1], got ''NaN'''",
        "darex-q, bits, 9, 'darex-q: bits must be 1 to 8 or 16, got 9'",
        "deltadq, h_g, 0, 'deltadq: h_g must be 1 to 1024, got 0'",
        "deltadq, k, 9, 'deltadq: k must be 1 to 8, got 9'",
        "ultradelta, b, 0, 'ultradelta: b must be 1 to 8, got 0'",
        "ultradelta, step, 1, 'ultradelta: step must be in [0, 1), got 1.0'",
        "ultradelta, gamma, 0, 'ultradelta: gamma must be in (0, 1], got 0.0'"
    })
    void aBadParameterIsNamedWithWhatIsAllowed(
            String method, String name, String value, String message) {
        assertThatThrownBy(() -> Methods.create(method, 32, Map.of(name, value)))
                .isInstanceOf(UsageException.class)
                .hasMessage(message);
    }

    @Test
    void parametersReadBack() {
        for (Method method :
                new Method[] {
                    new Dare(20.5, false),
                    new DareQt(3, 5, "symmetric", "row"),
                    new DarexQ(9, "0.125", 4),
                    new DeltaDq(7, 24, 6),
                    new UltraDelta(100, 3, 0.02, 0.75)
                }) {
            assertThat(Methods.create(method.name(), method.ratio(), method.parameters()))
                    .isEqualTo(method);
        }
    }

    static int word(Encoded encoded, int at) {
        return encoded.block().get(Floats.WORD32, at);
    }

    static float[] decoded(Encoded encoded) {
        float[] out = new float[encoded.rows() * encoded.columns()];
        MemorySegment bytes = MemorySegment.ofArray(new byte[4 * out.length]);
        ElementBlock.read(
                        Kind.ENTRIES,
                        encoded.block(),
                        encoded.rows(),
                        encoded.columns(),
                        Encoded.KEY,
                        "w")
                .decode(0, encoded.rows(), bytes);
        return bytes.toArray(Floats.FLOAT32);
    }
}
