package dev.deltapress.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.deltapress.MalformedFileException;
import dev.deltapress.linalg.Matrix;
import dev.deltapress.tensor.Floats;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Factor blocks with groups of codes. */
class FactorGroupsTest {
    private static final MaskKey KEY = new MaskKey(3, 4);
    private static final int ROWS = 130;
    private static final int COLUMNS = 90;
    private static final String WHERE = "delta: 'w'";

    /** Squared error of the best codes for a normal distribution, by bits (Max, 1960, table I). */
    private static final double[] LEAST_ERRORS = {
        0.3634, 0.1175, 0.03454, 0.009497, 0.002499, 0.00066, 0.00017, 0.000044
    };

    static List<BitGroup> groups() {
        List<BitGroup> groups = new ArrayList<>();
        groups.add(BitGroup.half(2));
        for (int bits = 1; bits <= 8; bits++) {
            groups.add(BitGroup.of(2, Grid.SYMMETRIC, bits));
            groups.add(new BitGroup(2, Grid.SYMMETRIC, bits, 9 - bits));
            groups.add(new BitGroup(2, Grid.SYMMETRIC, 16, bits));
        }
        for (int bits = 1; bits <= 4; bits++) {
            groups.add(BitGroup.of(2, Grid.GAUSSIAN, bits));
            groups.add(new BitGroup(2, Grid.GAUSSIAN, bits, 16));
        }
        return groups;
    }

    @ParameterizedTest
    @MethodSource("groups")
    void factorsComeBackAsFarAsTheirBitsAllow(BitGroup group) {
        FactorBlock block = block(List.of(group), MaskKey.KEEP_ALL);
        float[] u = gaussian(2 * ROWS, 1);
        float[] v = gaussian(2 * COLUMNS, 2);

        byte[] packed = pack(block, u, v);
        float[][] unpacked = unpack(packed);

        assertThat(packed).hasSize((int) block.byteSize(KEY));
        for (int c = 0; c < 2; c++) {
            float[] uTruth = row(u, c, ROWS);
            float[] vTruth = row(v, c, COLUMNS);
            float[] uFound = row(unpacked[0], c, ROWS);
            float[] vFound = row(unpacked[1], c, COLUMNS);
            double uError = relativeError(uFound, uTruth);
            double vError = relativeError(vFound, vTruth);
            assertThat(uError).isLessThan(most(group.uBits()));
            assertThat(vError).isLessThan(most(group.vBits()));
            // At the best scale the error is orthogonal to what is decoded.
            double expected = 3 * norm(uTruth) * norm(vTruth);
            expected *= Math.sqrt((1 - uError) * (1 - vError));
            assertThat(norm(uFound) * norm(vFound)).isCloseTo(expected, within(0.05 * expected));
        }
    }

    private static float[] row(float[] factor, int c, int entries) {
        return Arrays.copyOfRange(factor, c * entries, (c + 1) * entries);
    }

    /** A symmetric grid is at most twice the best; samples of 90 vary. */
    private static double most(int bits) {
        return bits == 16 ? 1e-6 : 2.2 * LEAST_ERRORS[bits - 1];
    }

    /** The least squared error of any multiple of x, relative to the squares of truth. */
    private static double relativeError(float[] x, float[] truth) {
        double cosine = 0;
        for (int i = 0; i < x.length; i++) {
            cosine += (double) x[i] * truth[i];
        }
        cosine /= norm(x) * norm(truth);
        return 1 - cosine * cosine;
    }

    private static double norm(float[] x) {
        double sum = 0;
        for (float value : x) {
            sum += (double) value * value;
        }
        return Math.sqrt(sum);
    }

    @ParameterizedTest(name = "kept {1}, {0} bytes a component")
    @CsvSource({"2, 4294967296", "6, 4294967295"})
    void aComponentCostsTwoBytesAndSixWithAThreshold(int bytes, long threshold) {
        FactorBlock one = block(List.of(BitGroup.of(1, Grid.SYMMETRIC, 3)), threshold);
        FactorBlock two = block(List.of(BitGroup.of(2, Grid.SYMMETRIC, 3)), threshold);

        assertThat(two.headerBytes() - one.headerBytes()).isEqualTo(bytes);
        assertThat(one.writeHeader(MemorySegment.ofArray(new byte[40]))).isEqualTo(20 + bytes);
    }

    @Test
    void sideOfWhichNothingSurvivesTakesNoBytesAndIsZero() {
        FactorBlock block = block(List.of(BitGroup.of(2, Grid.GAUSSIAN, 3)), 1);

        byte[] packed = pack(block, gaussian(2 * ROWS, 1), gaussian(2 * COLUMNS, 2));

        assertThat(packed).hasSize((int) block.headerBytes());
        assertThat(unpack(packed)[0]).containsOnly(0);
    }

    @Test
    void aBlockHasAtMostSixtyFourGroups() {
        FactorBlock most =
                block(Collections.nCopies(64, BitGroup.of(1, Grid.SYMMETRIC, 2)), 1L << 31);

        byte[] packed = pack(most, gaussian(64 * ROWS, 1), gaussian(64 * COLUMNS, 2));

        assertThat(FactorBlock.readHeader(MemorySegment.ofArray(packed), ROWS, COLUMNS, WHERE))
                .extracting(FactorBlock::groups)
                .isEqualTo(most.groups());
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> block(Collections.nCopies(65, BitGroup.half(1)), MaskKey.KEEP_ALL))
                .withMessage("65 groups of 65 components for rank 65");
        packed[8] = 65;
        assertThatThrownBy(() -> unpack(packed))
                .hasMessage(WHERE + ": byte 8: 65 groups of 64 components");
    }

    @Test
    void compactBlocksOfRankZeroAreZero() {
        FactorBlock block =
                new FactorBlock(ROWS, COLUMNS, 1, new float[0], new long[0], List.of(), true);

        assertThat(pack(block, new float[0], new float[0])).hasSize(8);
    }

    @Test
    void multipliersAreStoredNearTheirValueWhateverTheirSize() {
        for (double top : new double[] {1e-30, 3.7e-5, 1, 65504, 1e30}) {
            double[] multipliers = {top, -top / 3, top * 0x1p-27, top * 0x1p-30, 0};
            FactorBlock block =
                    block(List.of(BitGroup.half(5)), MaskKey.KEEP_ALL).withMultipliers(multipliers);
            byte[] packed = new byte[(int) block.headerBytes()];
            block.writeHeader(MemorySegment.ofArray(packed));
            FactorBlock read =
                    FactorBlock.readHeader(MemorySegment.ofArray(packed), ROWS, COLUMNS, WHERE);

            for (int c = 0; c < 3; c++) {
                double expected = multipliers[c];
                assertThat(read.multiplier(c))
                        .isCloseTo(expected, within(Math.abs(expected) * 0x1p-11));
            }
            assertThat(read.multiplier(3)).isZero();
            assertThat(read.multiplier(4)).isZero();
        }
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                block(List.of(BitGroup.half(1)), MaskKey.KEEP_ALL)
                                        .withMultipliers(new double[] {1e60}))
                .withMessage("multiplier 1.0E60 of component 0");
    }

    @Test
    void codesNeedACompactTable() {
        List<BitGroup> groups = List.of(BitGroup.of(1, Grid.SYMMETRIC, 2));
        float[] s = {1};
        long[] thresholds = {MaskKey.KEEP_ALL};

        assertThatIllegalArgumentException()
                .isThrownBy(() -> new FactorBlock(4, 4, 1, s, thresholds, groups, false))
                .withMessage("codes need a compact table");
    }

    /** Offsets: 12 components, 16 bits of U, 17 of V, 18 code; 20 and 22 multipliers. */
    @ParameterizedTest(name = "byte {0} becomes {1}: {2}")
    @CsvSource(
            delimiter = ';',
            value = {
                "8; 0; byte 8: 0 groups of 2 components",
                "8; 3; byte 8: 3 groups of 2 components",
                "9; 0; byte 18: codes of bits with table 0",
                "9; 3; byte 9: table 3, reserved 0: written by a newer version",
                "10; 1; byte 9: table 1, reserved 1: written by a newer version",
                "12; 1; byte 12: groups of 1 components, rank 2",
                "12; 3; byte 12: groups of 3 components, rank 2",
                "15; 128; byte 12: groups of 2147483650 components, rank 2",
                "16; 0; byte 16: a group of 0 and 4 bits in code 2: written by a newer version",
                "16; 9; byte 16: a group of 9 and 4 bits in code 2: written by a newer version",
                "17; 3; byte 17: bits of V are those of U: 0 expected",
                "17; 10; byte 16: a group of 3 and 10 bits in code 2: written by a newer version",
                "18; 1; byte 16: a group of 3 and 4 bits in code 1: written by a newer version",
                "18; 3; byte 16: a group of 3 and 4 bits in code 3: written by a newer version",
                "19; 128; in code 32770: written by a newer version",
                "21; 124; byte 20: multiplier Infinity",
                "21; 2; byte 20: multiplier",
            })
    void aHeaderThatBreaksARuleIsRefused(int at, int value, String message) {
        FactorBlock block = block(List.of(new BitGroup(2, Grid.SYMMETRIC, 3, 4)), 1L << 31);
        byte[] header = new byte[40];
        block.withMultipliers(new double[] {2, 1}).writeHeader(MemorySegment.ofArray(header));
        header[at] = (byte) value;
        assertThatThrownBy(() -> unpack(header))
                .isInstanceOf(MalformedFileException.class)
                .hasMessageStartingWith(WHERE + ": byte ")
                .hasMessageContaining(message);
    }

    @Test
    void thresholdsThatKeepEverythingAreNotWritten() {
        FactorBlock block = block(List.of(BitGroup.of(1, Grid.SYMMETRIC, 3)), 1L << 31);
        byte[] header = new byte[(int) block.headerBytes()];
        block.writeHeader(MemorySegment.ofArray(header));
        Arrays.fill(header, 22, 26, (byte) 0xFF);

        assertThatThrownBy(() -> unpack(header))
                .hasMessage(WHERE + ": byte 9: table 1, but every entry is kept: 2 expected");
    }

    @Test
    void unusedBitsThatAreNotZeroAreRefused() {
        FactorBlock block = block(List.of(BitGroup.of(1, Grid.SYMMETRIC, 1)), MaskKey.KEEP_ALL);
        byte[] packed = pack(block, gaussian(ROWS, 1), gaussian(COLUMNS, 2));
        int uEnd = (int) block.headerBytes() + Math.ceilDiv(ROWS, 8);
        packed[uEnd - 1] |= (byte) 0x80;

        assertThatThrownBy(() -> unpack(packed))
                .hasMessage(
                        "%s: byte %d: unused bits behind the values of component 0 are not 0"
                                .formatted(WHERE, uEnd - 1));
    }

    @Test
    void everyTruncationIsRefused() {
        FactorBlock block =
                block(List.of(BitGroup.half(1), BitGroup.of(1, Grid.GAUSSIAN, 3)), 1L << 30);
        byte[] packed = pack(block, gaussian(2 * ROWS, 1), gaussian(2 * COLUMNS, 2));
        for (int length = 0; length < packed.length; length++) {
            byte[] cut = Arrays.copyOf(packed, length);
            assertThatThrownBy(() -> unpack(cut))
                    .as("%d bytes", length)
                    .isInstanceOf(MalformedFileException.class)
                    .hasMessageStartingWith(WHERE + ": byte ");
        }
    }

    @Test
    void hostileBytesNeverEndInAnotherError() {
        FactorBlock block =
                block(List.of(BitGroup.half(1), BitGroup.of(2, Grid.SYMMETRIC, 5)), 1L << 31);
        byte[] packed = pack(block, gaussian(3 * ROWS, 1), gaussian(3 * COLUMNS, 2));
        Random random = new Random(5);
        int refused = 0;
        for (int round = 0; round < 3000; round++) {
            byte[] bytes = Arrays.copyOf(packed, random.nextInt(packed.length + 1));
            for (int flips = random.nextInt(4); flips > 0 && bytes.length > 0; flips--) {
                int at = random.nextInt(Math.min(bytes.length, 48));
                bytes[at] = (byte) random.nextInt();
            }
            try {
                unpack(bytes);
            } catch (MalformedFileException e) {
                refused++;
                assertThat(e).hasMessageStartingWith(WHERE + ": byte ");
            }
        }
        assertThat(refused).isGreaterThan(1000);
    }

    private static FactorBlock block(List<BitGroup> groups, long threshold) {
        int rank = groups.stream().mapToInt(BitGroup::components).sum();
        float[] s = new float[rank];
        long[] thresholds = new long[rank];
        Arrays.fill(s, 3);
        Arrays.fill(thresholds, threshold);
        return new FactorBlock(ROWS, COLUMNS, 1, s, thresholds, groups, true);
    }

    private static float[] gaussian(int count, long seed) {
        Random random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static byte[] pack(FactorBlock block, float[] ut, float[] vt) {
        byte[] bytes = new byte[(int) block.byteSize(KEY)];
        try (Arena arena = Arena.ofConfined()) {
            Matrix u = Matrix.copyOf(arena, block.rank(), ROWS, ut);
            Matrix v = Matrix.copyOf(arena, block.rank(), COLUMNS, vt);
            assertThat(block.pack(u, v, KEY, MemorySegment.ofArray(bytes))).isEqualTo(bytes.length);
        }
        return bytes;
    }

    private static float[][] unpack(byte[] packed) {
        MemorySegment bytes = MemorySegment.ofArray(packed);
        FactorBlock block = FactorBlock.readHeader(bytes, ROWS, COLUMNS, WHERE);
        try (Arena arena = Arena.ofConfined()) {
            Matrix u = Matrix.allocate(arena, block.rank(), ROWS);
            Matrix v = Matrix.allocate(arena, block.rank(), COLUMNS);
            block.unpack(bytes, KEY, u, v, WHERE);
            return new float[][] {
                u.data().toArray(Floats.FLOAT32), v.data().toArray(Floats.FLOAT32)
            };
        }
    }
}
