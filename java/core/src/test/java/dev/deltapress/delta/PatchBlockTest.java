package dev.deltapress.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.deltapress.MalformedFileException;
import dev.deltapress.delta.TensorRecord.Kind;
import dev.deltapress.linalg.Matrix;
import dev.deltapress.tensor.Floats;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

class PatchBlockTest {
    private static final MaskKey KEY = new MaskKey(0, 0);
    private static final int ROWS = 21;
    private static final int COLUMNS = 37;
    private static final List<Integer> WIDTHS = List.of(8, 2, 0);

    /** The sum that defines the orthonormal DCT-II, written down as it stands in textbooks. */
    @ParameterizedTest(name = "{0} x {0}")
    @CsvSource({"4", "8", "64"})
    void theTransformIsTheTextbooksAndOrthonormal(int side) {
        Random random = new Random(side);
        double[] patch = random.doubles((long) side * side, -1, 1).toArray();
        double[] coefficients = patch.clone();
        CosineTransform transform = new CosineTransform(side);
        transform.forward(coefficients);

        for (int trial = 0; trial < 20; trial++) {
            int k = random.nextInt(side);
            int l = random.nextInt(side);
            double sum = 0;
            for (int i = 0; i < side; i++) {
                for (int j = 0; j < side; j++) {
                    sum +=
                            patch[i * side + j]
                                    * Math.cos(Math.PI / side * (i + 0.5) * k)
                                    * Math.cos(Math.PI / side * (j + 0.5) * l);
                }
            }
            double norm = (k == 0 ? 1 : Math.sqrt(2)) * (l == 0 ? 1 : Math.sqrt(2)) / side;
            assertThat(coefficients[k * side + l]).isCloseTo(norm * sum, within(1e-12));
        }
        transform.inverse(coefficients);
        assertThat(coefficients).containsExactly(patch, within(1e-13));
    }

    @ParameterizedTest(name = "{0}, means {1}, offsets {2}")
    @CsvSource({"SYMMETRIC, true, true", "SYMMETRIC, false, false", "SYMMETRIC, true, false"})
    void patchesOfEightBitsComeBackNearlyThoseOfNoneAsTheirMean(
            Grid grid, boolean means, boolean offsets) {
        float[] values = gaussian();
        PatchLayout layout = new PatchLayout(ROWS, COLUMNS, 8, grid, means, offsets, List.of(8, 0));
        byte[] tags = new byte[layout.patches()];
        for (int i = 0; i < tags.length; i++) {
            tags[i] = (byte) (i % 2);
        }
        float[] decoded = decoded(encoded(values, layout, tags), 0, ROWS);

        for (int i = 0; i < ROWS; i++) {
            for (int j = 0; j < COLUMNS; j++) {
                int patch = i / 8 * layout.across() + j / 8;
                float found = decoded[i * COLUMNS + j];
                if (tags[patch] == 0) {
                    assertThat(found).isCloseTo(values[i * COLUMNS + j], within(0.2f));
                } else if (means) {
                    float mean = mean(values, i / 8 * 8, j / 8 * 8);
                    assertThat(found).isCloseTo(mean, within(0.001f));
                } else {
                    assertThat(found).isZero();
                }
            }
        }
    }

    /** Of the whole 8 x 8 patch, what lies beyond the border being zero. */
    private static float mean(float[] values, int row, int column) {
        double sum = 0;
        for (int i = row; i < Math.min(ROWS, row + 8); i++) {
            for (int j = column; j < Math.min(COLUMNS, column + 8); j++) {
                sum += values[i * COLUMNS + j];
            }
        }
        return (float) (sum / 64);
    }

    /** An orthonormal transform keeps errors, so theirs is that of Gaussian codes: 0.1175. */
    @Test
    void gaussianCodesOfTwoBitsLoseWhatTheyShould() {
        Random random = new Random(5);
        float[] values = new float[128 * 128];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian() * 1e-6f;
        }
        PatchLayout layout = new PatchLayout(128, 128, 16, Grid.GAUSSIAN, false, false, List.of(2));
        byte[] block = encoded(values, layout, new byte[64]);
        byte[] out = new byte[4 * values.length];
        read(block, 128, 128).decode(0, 128, MemorySegment.ofArray(out));
        float[] decoded = MemorySegment.ofArray(out).toArray(Floats.FLOAT32);

        double error = 0;
        double energy = 0;
        for (int i = 0; i < values.length; i++) {
            error += Math.pow((double) decoded[i] - values[i], 2);
            energy += Math.pow(values[i], 2);
        }
        assertThat(error / energy).isCloseTo(0.1175, within(0.004));
        assertThat(block).hasSize(8 + 1 + 2 * 64 + 128 * 128 / 4);
    }

    @Test
    void anyRowsDecodeAsInTheWhole() {
        byte[] block = mixed();
        float[] whole = decoded(block, 0, ROWS);
        for (int from = 0; from <= ROWS; from += 3) {
            for (int to = from; to <= ROWS; to += 5) {
                assertThat(decoded(block, from, to))
                        .isEqualTo(Arrays.copyOfRange(whole, from * COLUMNS, to * COLUMNS));
            }
        }
    }

    @Test
    void aZeroDeltaStaysZero() {
        PatchLayout layout =
                new PatchLayout(ROWS, COLUMNS, 4, Grid.GAUSSIAN, true, false, WIDTHS_GAUSSIAN);
        byte[] block = encoded(new float[ROWS * COLUMNS], layout, new byte[layout.patches()]);

        assertThat(decoded(block, 0, ROWS)).containsOnly(0);
    }

    private static final List<Integer> WIDTHS_GAUSSIAN = List.of(4, 0);

    @Test
    void blocksThatAreCutAreRefusedWithTheirByte() {
        byte[] block = mixed();
        for (int length = 0; length < block.length; length++) {
            byte[] cut = Arrays.copyOf(block, length);
            assertThatThrownBy(() -> read(cut, ROWS, COLUMNS))
                    .as("%d bytes", length)
                    .isInstanceOf(MalformedFileException.class)
                    .hasMessageStartingWith("here: byte " + length);
        }
    }

    @Test
    void whatBreaksARuleIsRefused() {
        requireRefused(0, 7, "here: byte 0: patches of side 2^7");
        requireRefused(0, 1, "here: byte 0: patches of side 2^1");
        requireRefused(1, 0, "here: byte 1: 0 widths, expected 1 to 4");
        requireRefused(1, 5, "here: byte 1: 5 widths, expected 1 to 4");
        requireRefused(2, 1, "here: byte 2: another grid or flag: written by a newer version");
        requireRefused(2, 3, "here: byte 2: another grid or flag: written by a newer version");
        requireRefused(3, 4, "here: byte 2: another grid or flag: written by a newer version");
        requireRefused(7, 0xC0, "here: byte 4: unit -");
        requireRefused(8, 9, "here: byte 8: SYMMETRIC codes of 9 bits");
        requireRefused(8, -1, "here: byte 8: SYMMETRIC codes of -1 bits");
        requireRefused(11, 0xFF, "here: byte 11: patch 0 has tag 3 of 3");
    }

    private static void requireRefused(int at, int value, String message) {
        byte[] block = mixed();
        block[at] = (byte) value;
        assertThatThrownBy(() -> read(block, ROWS, COLUMNS))
                .isInstanceOf(MalformedFileException.class)
                .hasMessageStartingWith(message);
    }

    /** What is not refused decodes to something, whatever it is. */
    @Test
    void flippedBitsNeverDoAnythingElse() {
        Random random = new Random(9);
        for (int trial = 0; trial < 2000; trial++) {
            byte[] block = mixed();
            int bit = random.nextInt(trial % 2 == 0 ? 24 * 8 : block.length * 8);
            block[bit / 8] ^= (byte) (1 << bit % 8);
            try {
                decoded(block, 0, ROWS);
            } catch (MalformedFileException e) {
                assertThat(e).hasMessageStartingWith("here: byte ");
            }
        }
    }

    /** 15 patches: two of 8 bits, the others of 2 bits and none by turns. */
    private static byte[] mixed() {
        PatchLayout layout = new PatchLayout(ROWS, COLUMNS, 8, Grid.SYMMETRIC, true, true, WIDTHS);
        byte[] tags = new byte[layout.patches()];
        for (int i = 2; i < tags.length; i++) {
            tags[i] = (byte) (1 + i % 2);
        }
        return encoded(gaussian(), layout, tags);
    }

    private static float[] gaussian() {
        Random random = new Random(1);
        float[] values = new float[ROWS * COLUMNS];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian() + 0.5f;
        }
        return values;
    }

    private static byte[] encoded(float[] values, PatchLayout layout, byte[] tags) {
        try (Arena arena = Arena.ofConfined()) {
            Matrix matrix = Matrix.copyOf(arena, layout.rows(), layout.columns(), values);
            return PatchBlock.encode(matrix, layout, tags).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    private static ElementBlock read(byte[] block, int rows, int columns) {
        MemorySegment bytes = MemorySegment.ofArray(block);
        return ElementBlock.read(Kind.BLOCKS, bytes, rows, columns, KEY, "here");
    }

    private static float[] decoded(byte[] block, int from, int to) {
        ElementBlock read = read(block, ROWS, COLUMNS);
        byte[] out = new byte[(to - from) * COLUMNS * Float.BYTES];
        read.decode(from, to, MemorySegment.ofArray(out));
        return MemorySegment.ofArray(out).toArray(Floats.FLOAT32);
    }
}
