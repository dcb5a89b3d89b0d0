package dev.deltapress.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.within;

import dev.deltapress.MalformedFileException;
import dev.deltapress.delta.EntryMask.All;
import dev.deltapress.delta.EntryMask.Bernoulli;
import dev.deltapress.delta.EntryMask.Stratified;
import dev.deltapress.delta.TensorRecord.Kind;
import dev.deltapress.linalg.Matrix;
import dev.deltapress.tensor.Floats;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;

class EntryBlockTest {
    private static final MaskKey KEY = new MaskKey(7, 3);
    private static final int ROWS = 23;
    private static final int COLUMNS = 37;
    private static final int ENTRIES = ROWS * COLUMNS;
    private static final float[] VALUES = values();

    private static float[] values() {
        Random random = new Random(1);
        float[] values = new float[ENTRIES];
        for (int i = 0; i < ENTRIES; i++) {
            values[i] = (float) (0.003 * random.nextGaussian() * (1 + i / COLUMNS % 3));
        }
        return values;
    }

    /** A mask, and what it keeps by the page, as plain loops. */
    record MaskCase(EntryMask mask, boolean[] kept) {}

    static List<MaskCase> masks() {
        List<MaskCase> masks = new ArrayList<>();
        boolean[] all = new boolean[ENTRIES];
        Arrays.fill(all, true);
        masks.add(new MaskCase(new All(), all));
        for (long threshold : new long[] {1, 1L << 29, 3L << 30, MaskKey.KEEP_ALL}) {
            boolean[] kept = new boolean[ENTRIES];
            for (int i = 0; i < ENTRIES; i++) {
                kept[i] = draw(i) < threshold;
            }
            masks.add(new MaskCase(new Bernoulli(threshold), kept));
        }
        int[][] groups = {{1, 1}, {4, 1}, {16, 5}, {50, 3}, {100, 99}, {300, 70}, {5000, 900}};
        for (int[] group : groups) {
            masks.add(new MaskCase(new Stratified(group[0], group[1]), stratified(group)));
        }
        for (int every : new int[] {1, 2, 40, 5000}) {
            boolean[] kept = new boolean[ENTRIES];
            Random random = new Random(every);
            int count = 0;
            for (int i = 0; i < ENTRIES; i++) {
                kept[i] = random.nextInt(every) == 0;
                count += kept[i] ? 1 : 0;
            }
            PositionWriter positions = new PositionWriter(ENTRIES, count);
            IntStream.range(0, ENTRIES).filter(i -> kept[i]).forEach(positions::add);
            masks.add(new MaskCase(positions.mask(), kept));
        }
        return masks;
    }

    private static long draw(int entry) {
        int[] words = new int[4];
        int column = entry % COLUMNS;
        Philox4x32.draw(column / 4, entry / COLUMNS, 2, 0, 7, 3, words, 0);
        return words[column % 4] & 0xFFFFFFFFL;
    }

    private static boolean[] stratified(int[] group) {
        boolean[] kept = new boolean[ENTRIES];
        for (int from = 0; from < ENTRIES; from += group[0]) {
            int size = Math.min(group[0], ENTRIES - from);
            IntStream.range(from, from + size)
                    .boxed()
                    .sorted(Comparator.comparingLong(EntryBlockTest::draw))
                    .limit((long) size * group[1] / group[0])
                    .forEach(i -> kept[i] = true);
        }
        return kept;
    }

    @ParameterizedTest
    @MethodSource("masks")
    void halvesDecodeWhereTheMaskHasThem(MaskCase mask) {
        byte[] block = encoded(mask.mask, EntryCode::half, 3);

        float[] expected = new float[ENTRIES];
        int kept = 0;
        for (int i = 0; i < ENTRIES; i++) {
            if (mask.kept[i]) {
                kept++;
                expected[i] = 3 * VALUES[i];
            }
        }
        float[] decoded = decoded(block, 0, ROWS);
        for (int i = 0; i < ENTRIES; i++) {
            // Half a unit in the eleventh place; none where the entry is dropped.
            double bound = 0x1p-11 * Math.abs(expected[i]) + (mask.kept[i] ? 1e-9 : 0);
            assertThat(decoded[i]).as("entry %d", i).isCloseTo(expected[i], within((float) bound));
        }
        assertThat(MemorySegment.ofArray(block).get(Floats.WORD32, 4)).isEqualTo(kept);
    }

    @ParameterizedTest
    @MethodSource("masks")
    void codesDecodeToTheNearestLevel(MaskCase mask) {
        for (EntryCode code : codes()) {
            byte[] block = encoded(mask.mask, kept -> code, 1);

            float[] decoded = decoded(block, 0, ROWS);
            for (int i = 0; i < ENTRIES; i++) {
                double expected = mask.kept[i] ? nearest(code, i) : 0;
                double unit = code.unit() * (1 + Math.abs(code.offset()));
                assertThat((double) decoded[i]).isCloseTo(expected, within(1e-5 * unit));
            }
        }
    }

    private static List<EntryCode> codes() {
        float[] scales = new float[ROWS];
        for (int row = 0; row < ROWS; row++) {
            scales[row] = row == 4 ? 0 : 100 + row;
        }
        return List.of(
                new EntryCode(Grid.GAUSSIAN, 2, 0.004, 0, new float[0]),
                new EntryCode(Grid.SYMMETRIC, 1, 0.005, 0, new float[0]),
                new EntryCode(Grid.SYMMETRIC, 8, 0.0001, 0, new float[0]),
                EntryCode.spanning(4, -0.012f, 0.02f),
                new EntryCode(Grid.SYMMETRIC, 3, 0x1p-16, 0, scales));
    }

    private static double nearest(EntryCode code, int entry) {
        double unit = code.unit();
        if (code.scales().length > 0) {
            unit *= code.scales()[entry / COLUMNS];
        }
        double best = Double.POSITIVE_INFINITY;
        for (float level : code.grid().codebook(code.bits()).levels()) {
            double value = unit * ((double) level + code.offset());
            if (Math.abs(value - VALUES[entry]) < Math.abs(best - VALUES[entry])) {
                best = value;
            }
        }
        return best;
    }

    @ParameterizedTest
    @MethodSource("masks")
    void rowsDecodeByThemselves(MaskCase mask) {
        for (byte[] block : List.of(encoded(mask.mask, EntryCode::half, 1), coded(mask.mask))) {
            float[] all = decoded(block, 0, ROWS);
            for (int[] range : new int[][] {{0, 1}, {5, 9}, {22, 23}, {7, 7}}) {
                assertThat(decoded(block, range[0], range[1]))
                        .containsExactly(
                                Arrays.copyOfRange(all, range[0] * COLUMNS, range[1] * COLUMNS));
            }
        }
    }

    private static byte[] coded(EntryMask mask) {
        return encoded(mask, kept -> EntryCode.fitted(Grid.GAUSSIAN, 3, kept), 1);
    }

    @Test
    void codesAreEntropyCodedWhereThatIsSmaller() {
        int rows = 256;
        int columns = 300;
        float[] skewed = new float[rows * columns];
        for (int i = 0; i < skewed.length; i += 10) {
            skewed[i] = i % 100 == 0 ? 3 : -3;
        }
        try (Arena arena = Arena.ofConfined()) {
            Matrix matrix = Matrix.copyOf(arena, rows, columns, skewed);
            KeptEntries kept = KeptEntries.of(new All(), KEY, matrix);
            byte[] block = bytes(EntryBlock.encode(kept, EntryCode.spanning(2, -3, 6), 1));

            // Parts 0.9, 0.09 and 0.01 have 0.516 bits of entropy each, not 2; in two chunks.
            assertThat(block.length).isBetween(4953, 5100);
            float[] out = decoded(block, rows, columns, 0, rows);
            assertThat(out).containsExactly(skewed);
            assertThat(decoded(block, rows, columns, 210, 230))
                    .containsExactly(Arrays.copyOfRange(skewed, 210 * columns, 230 * columns));
        }
    }

    /** Between the chosen scale and the best of 200 there is little. */
    @Test
    void scalesHaveAboutTheLeastError() {
        for (Grid grid : List.of(Grid.GAUSSIAN, Grid.SYMMETRIC)) {
            for (int bits = 1; bits <= 4; bits++) {
                int width = bits;
                double found = error(encoded(new All(), k -> EntryCode.fitted(grid, width, k), 1));
                double least = Double.POSITIVE_INFINITY;
                for (int i = 1; i <= 200; i++) {
                    double unit = i * 0.0001;
                    EntryCode code = new EntryCode(grid, bits, unit, 0, new float[0]);
                    least = Math.min(least, error(encoded(new All(), k -> code, 1)));
                }
                assertThat(found).as("%s, %d bits", grid, bits).isLessThan(1.02 * least);
                double byRow =
                        error(encoded(new All(), k -> EntryCode.fittedByRow(grid, width, k), 1));
                assertThat(byRow).as("%s, %d bits", grid, bits).isLessThan(found);
            }
        }
    }

    private static double error(byte[] block) {
        float[] decoded = decoded(block, 0, ROWS);
        return IntStream.range(0, ENTRIES)
                .mapToDouble(i -> Math.pow(decoded[i] - VALUES[i], 2))
                .sum();
    }

    @Test
    void extremesAreKept() {
        for (float value : new float[] {0, 5, -5, 1e-30f, 1e30f, Float.MIN_VALUE}) {
            float[] same = new float[ENTRIES];
            Arrays.fill(same, value);
            for (Function<KeptEntries, EntryCode> code :
                    List.<Function<KeptEntries, EntryCode>>of(
                            EntryCode::half,
                            kept -> EntryCode.spanning(4, kept.least(), kept.most()))) {
                float[] decoded = decoded(encoded(same, new All(), code, 1), 0, ROWS);
                for (float d : decoded) {
                    assertThat((double) d)
                            .isCloseTo(value, within(1e-3 * Math.abs(value) + Float.MIN_VALUE));
                }
            }
        }
    }

    @Test
    void valuesThatOverflowAreRefused() {
        float[] large = new float[ENTRIES];
        Arrays.fill(large, 1e38f);
        assertThatThrownBy(() -> encoded(large, new All(), EntryCode::half, 10))
                .hasMessage("rescaled entries are too large for f32");
    }

    @Test
    void aBlockMayBeFollowedByAnother() {
        byte[] one = coded(new Bernoulli(1L << 30));
        byte[] two = Arrays.copyOf(one, one.length + 50);

        assertThat(read(two, ROWS, COLUMNS).byteSize()).isEqualTo(one.length);
        assertThat(decoded(two, 0, ROWS)).containsExactly(decoded(one, 0, ROWS));
    }

    @ParameterizedTest
    @MethodSource("masks")
    void everyCutIsFound(MaskCase mask) {
        for (byte[] block : List.of(encoded(mask.mask, EntryCode::half, 1), coded(mask.mask))) {
            for (int length = 0; length < block.length; length++) {
                byte[] cut = Arrays.copyOf(block, length);
                assertThatThrownBy(() -> read(cut, ROWS, COLUMNS))
                        .isInstanceOf(MalformedFileException.class)
                        .hasMessageStartingWith("here: byte ");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("masks")
    void flippedBitsGiveAnErrorOrOtherValues(MaskCase mask) {
        Random random = new Random(6);
        List<byte[]> blocks = new ArrayList<>();
        blocks.add(encoded(mask.mask, EntryCode::half, 1));
        codes().forEach(code -> blocks.add(encoded(mask.mask, kept -> code, 1)));
        for (byte[] block : blocks) {
            for (int round = 0; round < 400; round++) {
                byte[] flipped = block.clone();
                // The header and what follows are all tried, and often several bits at once.
                int bits = 1 + random.nextInt(round % 4 + 1);
                for (int i = 0; i < bits; i++) {
                    int bit = random.nextInt(8 * (round % 2 == 0 ? 28 : block.length));
                    bit = Math.min(bit, 8 * block.length - 1);
                    flipped[bit / 8] ^= (byte) (1 << bit % 8);
                }
                Throwable thrown = catchThrowable(() -> decoded(flipped, 0, ROWS));
                if (thrown != null) {
                    assertThat(thrown).isInstanceOf(MalformedFileException.class);
                }
            }
        }
    }

    @Test
    void whatBreaksARuleIsRefusedWithItsByte() {
        byte[] drawn = encoded(new Bernoulli(1L << 30), EntryCode::half, 1);
        requireRefused(drawn, 1, 2, "byte 456: a block of 712 bytes, found 456");
        requireRefused(drawn, 4, 1, "byte 0: 436 bytes for values that take 2");
        requireRefused(drawn, 7, 1, "byte 4: 16777434 values of 851 entries");
        requireRefused(drawn, 11, 0x7F, "byte 8: gain Infinity is not finite");
        requireRefused(drawn, 11, 0x7E, "byte 8: values with gain ");
        requireRefused(drawn, 12, 4, "byte 12: mask 4: written by a newer version");
        requireRefused(drawn, 13, 8, "byte 13: 8 bits of code 1: written by a newer version");
        requireRefused(drawn, 14, 3, "byte 13: 16 bits of code 3: written by a newer version");
        requireRefused(drawn, 15, 8, "byte 15: flags 8: written by a newer version");
        requireRefused(drawn, 15, 1, "byte 15: flags 1 of f16 values");
        requireRefused(drawn, 19, 0x7F, "byte 4: the mask keeps more than 218 entries");
        requireRefused(drawn, 19, 0x01, "byte 4: the mask keeps fewer than 218 entries");
        requireRefused(drawn, 21, 0x7C, "byte 20: value 0 is not finite");

        byte[] grouped = encoded(new Stratified(16, 5), EntryCode::half, 1);
        requireRefused(grouped, 16, 0, "byte 16: 5 kept of each 0 entries");
        requireRefused(grouped, 18, 2, "byte 16: 5 kept of each 131088 entries");
        requireRefused(grouped, 20, 0, "byte 16: 0 kept of each 16 entries");
        requireRefused(grouped, 20, 6, "byte 4: 265 values, expected 319");
    }

    private static void requireRefused(byte[] block, int at, int value, String message) {
        byte[] changed = block.clone();
        changed[at] = (byte) value;
        assertThatThrownBy(() -> decoded(changed, 0, ROWS))
                .isInstanceOf(MalformedFileException.class)
                .hasMessageStartingWith("here: " + message);
    }

    private static byte[] encoded(
            EntryMask mask, Function<KeptEntries, EntryCode> code, double rescale) {
        return encoded(VALUES, mask, code, rescale);
    }

    private static byte[] encoded(
            float[] values, EntryMask mask, Function<KeptEntries, EntryCode> code, double rescale) {
        try (Arena arena = Arena.ofConfined()) {
            Matrix matrix = Matrix.copyOf(arena, ROWS, COLUMNS, values);
            KeptEntries kept = KeptEntries.of(mask, KEY, matrix);
            return bytes(EntryBlock.encode(kept, code.apply(kept), rescale));
        }
    }

    private static byte[] bytes(MemorySegment block) {
        return block.toArray(ValueLayout.JAVA_BYTE);
    }

    private static ElementBlock read(byte[] block, int rows, int columns) {
        MemorySegment bytes = MemorySegment.ofArray(block);
        return ElementBlock.read(Kind.ENTRIES, bytes, rows, columns, KEY, "here");
    }

    private static float[] decoded(byte[] block, int from, int to) {
        return decoded(block, ROWS, COLUMNS, from, to);
    }

    private static float[] decoded(byte[] block, int rows, int columns, int from, int to) {
        byte[] out = new byte[(to - from) * columns * Float.BYTES];
        read(block, rows, columns).decode(from, to, MemorySegment.ofArray(out));
        return MemorySegment.ofArray(out).toArray(Floats.FLOAT32);
    }
}
