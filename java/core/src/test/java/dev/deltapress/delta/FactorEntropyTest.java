package dev.deltapress.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deltapress.MalformedFileException;
import dev.deltapress.linalg.Matrix;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

class FactorEntropyTest {
    private static final MaskKey KEY = new MaskKey(5, 7);
    private static final String WHERE = "a.safetensors: 'w'";
    private static final int ENTROPY = 0x80;

    private record Shape(int rows, int columns) {}

    @Test
    void anyBlockComesBackAndIsNeverLarger() {
        Random random = new Random(1);
        int smaller = 0;
        for (int round = 0; round < 300; round++) {
            Shape shape = new Shape(1 + random.nextInt(90), 1 + random.nextInt(400));
            List<BitGroup> groups = groups(random);
            long threshold =
                    random.nextBoolean() ? MaskKey.KEEP_ALL : 1 + (random.nextInt() & 0xFFFFFFFFL);
            byte[] plain = pack(shape, groups, threshold, round);

            byte[] deflated = deflate(plain, shape);

            assertThat(deflated.length).as("%s", groups).isLessThanOrEqualTo(plain.length);
            smaller += deflated.length < plain.length ? 1 : 0;
            requireInflatedTo(plain, deflated, shape);
        }
        assertThat(smaller).isBetween(50, 290);
    }

    private static List<BitGroup> groups(Random random) {
        return IntStream.range(0, 1 + random.nextInt(4))
                .mapToObj(
                        i -> {
                            int components = 1 + random.nextInt(12);
                            return switch (random.nextInt(5)) {
                                case 0 -> BitGroup.half(components);
                                case 1 ->
                                        BitGroup.of(
                                                components, Grid.GAUSSIAN, 1 + random.nextInt(4));
                                case 2 -> new BitGroup(components, Grid.SYMMETRIC, 2, 16);
                                case 3 ->
                                        new BitGroup(
                                                components,
                                                Grid.SYMMETRIC,
                                                1 + random.nextInt(8),
                                                1 + random.nextInt(8));
                                default -> BitGroup.of(components, Grid.GAUSSIAN, 2);
                            };
                        })
                .toList();
    }

    /** Lloyd and Max's levels of a normal distribution: the entropies of table II in Max (1960). */
    @ParameterizedTest(name = "{0} bits")
    @CsvSource({"2, 1.911", "3, 2.825", "4, 3.765"})
    void gaussianCodesTakeTheirEntropy(int bits, double entropy) {
        Shape shape = new Shape(384, 1536);
        byte[] plain = pack(shape, List.of(BitGroup.of(60, Grid.GAUSSIAN, bits)), 1L << 32, 3);
        double codes = 60 * (384 + 1536);
        int header = 12 + 8 + 2 * 60;

        double taken = 8 * (deflate(plain, shape).length - header) / codes;

        assertThat((plain.length - header) * 8 / codes).isEqualTo(bits);
        assertThat(taken).isBetween(entropy - 0.01, entropy + 0.015);
    }

    @Test
    void halvesStayAsTheyAre() {
        Shape shape = new Shape(100, 100);
        MemorySegment plain =
                MemorySegment.ofArray(pack(shape, List.of(BitGroup.half(9)), 1L << 31, 4));

        assertThat(FactorEntropy.deflate(plain, 100, 100, KEY, WHERE)).isSameAs(plain);
    }

    @Test
    void aStreamLongerThanAChunkComesBack() {
        Shape shape = new Shape(3000, 5000);
        byte[] plain = pack(shape, List.of(BitGroup.of(20, Grid.GAUSSIAN, 2)), 1L << 32, 5);

        byte[] deflated = deflate(plain, shape);

        assertThat(deflated.length).isLessThan(plain.length * 97 / 100);
        requireInflatedTo(plain, deflated, shape);
    }

    @Test
    void everyCutIsFound() {
        Shape shape = new Shape(64, 96);
        byte[] deflated = deflate(small(shape), shape);
        for (int length = 0; length < deflated.length; length++) {
            byte[] cut = Arrays.copyOf(deflated, length);
            assertThatThrownBy(() -> inflate(cut, shape))
                    .isInstanceOf(MalformedFileException.class)
                    .hasMessageStartingWith(WHERE + ": byte ");
        }
    }

    @Test
    void flippedBitsAreFoundOrGiveAnotherBlock() {
        Shape shape = new Shape(64, 96);
        byte[] plain = small(shape);
        byte[] deflated = deflate(plain, shape);
        int found = 0;
        // Not every bit, for time, but bits of every place in bytes of every kind.
        for (int bit = 0; bit < 8 * deflated.length; bit += 5) {
            byte[] flipped = deflated.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            try {
                assertThat(inflate(flipped, shape)).isNotEqualTo(plain);
            } catch (MalformedFileException e) {
                found++;
                assertThat(e).hasMessageStartingWith(WHERE + ": byte ");
            }
        }
        // Of the f16 side and the multipliers any bits are good ones; of the codes none are.
        assertThat(found).isGreaterThan(8 * deflated.length / 5 / 3);
    }

    /** Codes and f16 values, and a group that stays plain. */
    private static byte[] small(Shape shape) {
        List<BitGroup> groups =
                List.of(
                        BitGroup.of(1, Grid.SYMMETRIC, 8),
                        new BitGroup(1, Grid.SYMMETRIC, 16, 2),
                        BitGroup.of(30, Grid.GAUSSIAN, 2));
        byte[] plain = pack(shape, groups, 3L << 30, 6);
        byte[] deflated = deflate(plain, shape);
        assertThat(deflated[12 + 7]).isZero();
        assertThat(deflated[12 + 16 + 7]).isEqualTo((byte) ENTROPY);
        return plain;
    }

    @Test
    void f16ValuesHaveNoCodes() {
        Shape shape = new Shape(10, 10);
        byte[] plain = pack(shape, List.of(BitGroup.half(2)), 1L << 32, 8);
        plain[12 + 7] = (byte) ENTROPY;

        assertThatThrownBy(() -> inflate(plain, shape))
                .isInstanceOf(MalformedFileException.class)
                .hasMessage(WHERE + ": byte 18: a group of f16 values has no codes");
    }

    @Test
    void aMatrixWithoutRowsHasNoComponents() {
        byte[] plain = pack(new Shape(10, 10), List.of(BitGroup.half(2)), 1L << 32, 8);
        plain[12 + 7] = (byte) ENTROPY;

        assertThatThrownBy(() -> inflate(plain, new Shape(0, 10)))
                .isInstanceOf(MalformedFileException.class)
                .hasMessage(WHERE + ": byte 0: rank 2 of a 0 x 10 matrix");
    }

    @Test
    void aPlainBlockThatIsCutSaysSo() {
        Shape shape = new Shape(10, 10);
        byte[] plain = pack(shape, List.of(BitGroup.half(2)), 1L << 32, 9);

        assertThatThrownBy(() -> inflate(Arrays.copyOf(plain, plain.length - 1), shape))
                .hasMessage(
                        "%s: byte 0: a block of %d bytes, found %d"
                                .formatted(WHERE, plain.length, plain.length - 1));
    }

    private static void requireInflatedTo(byte[] plain, byte[] deflated, Shape shape) {
        byte[] file = Arrays.copyOf(deflated, deflated.length + 3);
        try (Arena arena = Arena.ofConfined()) {
            FactorEntropy.Inflated inflated =
                    FactorEntropy.inflate(
                            MemorySegment.ofArray(file),
                            shape.rows,
                            shape.columns,
                            KEY,
                            arena,
                            WHERE);
            assertThat(inflated.byteSize()).isEqualTo(deflated.length);
            assertThat(inflated.block().mismatch(MemorySegment.ofArray(plain))).isEqualTo(-1);
        }
    }

    private static byte[] deflate(byte[] plain, Shape shape) {
        return FactorEntropy.deflate(
                        MemorySegment.ofArray(plain), shape.rows, shape.columns, KEY, WHERE)
                .toArray(ValueLayout.JAVA_BYTE);
    }

    private static byte[] inflate(byte[] deflated, Shape shape) {
        try (Arena arena = Arena.ofConfined()) {
            return FactorEntropy.inflate(
                            MemorySegment.ofArray(deflated),
                            shape.rows,
                            shape.columns,
                            KEY,
                            arena,
                            WHERE)
                    .block()
                    .toArray(ValueLayout.JAVA_BYTE);
        }
    }

    private static byte[] pack(Shape shape, List<BitGroup> groups, long threshold, long seed) {
        int most = Math.min(shape.rows, shape.columns);
        List<BitGroup> fitting = groups;
        int rank = groups.stream().mapToInt(BitGroup::components).sum();
        if (rank > most) {
            fitting = List.of(BitGroup.of(most, Grid.GAUSSIAN, 2));
            rank = most;
        }
        float[] s = new float[rank];
        long[] thresholds = new long[rank];
        Arrays.fill(s, 3);
        Arrays.fill(thresholds, threshold);
        FactorBlock block =
                new FactorBlock(shape.rows, shape.columns, 1, s, thresholds, fitting, true);
        byte[] bytes = new byte[(int) block.byteSize(KEY)];
        try (Arena arena = Arena.ofConfined()) {
            Matrix u = Matrix.copyOf(arena, rank, shape.rows, gaussian(rank * shape.rows, seed));
            Matrix v =
                    Matrix.copyOf(
                            arena, rank, shape.columns, gaussian(rank * shape.columns, seed + 99));
            block.pack(u, v, KEY, MemorySegment.ofArray(bytes));
        }
        return bytes;
    }

    private static float[] gaussian(int count, long seed) {
        Random random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
