package dev.deltapress.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deltapress.MalformedFileException;
import dev.deltapress.linalg.Matrix;
import dev.deltapress.tensor.Floats;

import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;

class FactorBlockTest {
    private static final MaskKey KEY = new MaskKey(1, 2);
    private static final String WHERE = "delta: 'w'";

    @Test
    void survivorsComeBackDividedByTheKeepRateAndTheRestIsZero() {
        long threshold = MaskKey.KEEP_ALL / 4;
        FactorBlock block = new FactorBlock(100, 80, 1, new float[] {1}, new long[] {threshold});
        float[] u = filled(100, 0.5f);
        byte[] packed = pack(block, KEY, u, filled(80, 0.25f));

        float[] unpacked = unpack(packed, 100, 80, KEY)[0];

        int[] draws = KEY.draws(MaskKey.Side.U, 0, 100);
        for (int row = 0; row < 100; row++) {
            float expected = MaskKey.survives(draws[row], threshold) ? 2f : 0f;
            assertThat(unpacked[row]).as("row %d", row).isEqualTo(expected);
        }
    }

    @Test
    void theSizeIsKnownBeforeAnythingIsWritten() {
        long threshold = MaskKey.KEEP_ALL / 3;
        FactorBlock block = new FactorBlock(57, 31, 1, new float[] {1}, new long[] {threshold});

        assertThat(pack(block, KEY, filled(57, 1), filled(31, 1)))
                .hasSize((int) block.byteSize(KEY));
    }

    /**
     * E[U_i V_j] = U_i V_j over seeds, because both masks are independent and undone in the mean.
     */
    @Test
    void theReconstructionIsUnbiased() {
        int seeds = 4000;
        double keep = 0.3;
        float u = 0.75f;
        float v = -0.5f;
        FactorBlock block =
                new FactorBlock(
                        8, 8, 1, new float[] {3}, new long[] {(long) (keep * MaskKey.KEEP_ALL)});
        double sum = 0;
        for (int seed = 0; seed < seeds; seed++) {
            MaskKey key = new MaskKey(seed, 5);
            byte[] packed = pack(block, key, filled(8, u), filled(8, v));
            float[][] factors = unpack(packed, 8, 8, key);
            sum += (double) factors[0][seed % 8] * factors[1][(seed / 8) % 8];
        }

        double expected = 3.0 * u * v;
        // One product is expected / keep^2 with probability keep^2: five standard errors of the
        // mean.
        double standardError = Math.abs(expected) * Math.sqrt((1 / (keep * keep) - 1) / seeds);
        assertThat(sum / seeds)
                .isBetween(expected - 5 * standardError, expected + 5 * standardError);
    }

    @Test
    void aBlockWithoutComponentsIsAZeroDelta() {
        FactorBlock block = new FactorBlock(4, 4, 1, new float[0], new long[0]);

        byte[] packed = pack(block, KEY, new float[0], new float[0]);

        assertThat(packed).hasSize(8);
        assertThat(unpack(packed, 4, 4, KEY)[0]).isEmpty();
    }

    @Test
    void everyTruncationIsRefused() {
        FactorBlock block =
                new FactorBlock(
                        20, 20, 1, new float[] {2, 1}, new long[] {MaskKey.KEEP_ALL / 2, 1L << 31});
        byte[] packed = pack(block, KEY, filled(40, 1), filled(40, 1));
        for (int length = 0; length < packed.length; length++) {
            byte[] cut = Arrays.copyOf(packed, length);
            assertThatThrownBy(() -> unpack(cut, 20, 20, KEY))
                    .as("%d bytes", length)
                    .isInstanceOf(MalformedFileException.class)
                    .hasMessageStartingWith("delta: 'w': byte ");
        }
    }

    @Test
    void aRankThatTheMatrixCannotHaveIsRefused() {
        byte[] packed = new byte[100];
        MemorySegment.ofArray(packed).set(Floats.WORD32, 0, -1);

        assertThatThrownBy(() -> unpack(packed, 20, 20, KEY))
                .hasMessage("delta: 'w': byte 0: rank 4294967295 of a 20 x 20 matrix");
    }

    @Test
    void aGroupOfUnknownCodesWasWrittenByANewerVersion() {
        FactorBlock block =
                new FactorBlock(4, 4, 1, new float[] {1}, new long[] {MaskKey.KEEP_ALL});
        byte[] packed = pack(block, KEY, filled(4, 1), filled(4, 1));
        packed[16] = 3;

        assertThatThrownBy(() -> unpack(packed, 4, 4, KEY)).hasMessageContaining("newer version");
    }

    @Test
    void infiniteSingularValuesAndGainsAreRefused() {
        FactorBlock block =
                new FactorBlock(
                        4,
                        4,
                        1,
                        new float[] {Float.POSITIVE_INFINITY},
                        new long[] {MaskKey.KEEP_ALL});
        FactorBlock gain =
                new FactorBlock(4, 4, Float.NaN, new float[] {1}, new long[] {MaskKey.KEEP_ALL});

        assertThatThrownBy(() -> unpack(pack(block, KEY, filled(4, 1), filled(4, 1)), 4, 4, KEY))
                .hasMessageContaining("singular value Infinity");
        assertThatThrownBy(() -> unpack(pack(gain, KEY, filled(4, 1), filled(4, 1)), 4, 4, KEY))
                .hasMessageContaining("gain must be finite");
    }

    @Test
    void hostileBytesNeverEndInAnotherError() {
        Random random = new Random(3);
        for (int round = 0; round < 2000; round++) {
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            if (bytes.length > 4 && random.nextBoolean()) {
                Arrays.fill(bytes, 1, 4, (byte) 0);
            }
            try {
                unpack(bytes, 16, 16, KEY);
            } catch (MalformedFileException e) {
                assertThat(e).hasMessageStartingWith("delta: 'w': byte ");
            }
        }
    }

    private static byte[] pack(FactorBlock block, MaskKey key, float[] ut, float[] vt) {
        byte[] bytes = new byte[(int) block.byteSize(key)];
        try (Arena arena = Arena.ofConfined()) {
            Matrix u = Matrix.copyOf(arena, block.rank(), block.rows(), ut);
            Matrix v = Matrix.copyOf(arena, block.rank(), block.columns(), vt);
            assertThat(block.pack(u, v, key, MemorySegment.ofArray(bytes))).isEqualTo(bytes.length);
        }
        return bytes;
    }

    private static float[][] unpack(byte[] packed, int rows, int columns, MaskKey key) {
        MemorySegment bytes = MemorySegment.ofArray(packed);
        FactorBlock block = FactorBlock.readHeader(bytes, rows, columns, WHERE);
        try (Arena arena = Arena.ofConfined()) {
            Matrix u = Matrix.allocate(arena, block.rank(), rows);
            Matrix v = Matrix.allocate(arena, block.rank(), columns);
            block.unpack(bytes, key, u, v, WHERE);
            return new float[][] {
                u.data().toArray(Matrix.LAYOUT.withByteAlignment(1)),
                v.data().toArray(Matrix.LAYOUT.withByteAlignment(1))
            };
        }
    }

    private static float[] filled(int length, float value) {
        float[] values = new float[length];
        Arrays.fill(values, value);
        return values;
    }
}
