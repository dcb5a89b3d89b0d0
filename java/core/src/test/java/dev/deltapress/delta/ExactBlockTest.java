package dev.deltapress.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deltapress.MalformedFileException;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Floats;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.util.Random;

class ExactBlockTest {

    @ParameterizedTest
    @EnumSource(DType.class)
    void anyBytesOfAnyTypeComeBack(DType dtype) throws IOException {
        byte[] data = random(3 * 64 * dtype.bits() / 8, 1);
        byte[] base = random(data.length, 2);

        assertThat(roundTrip(dtype, data, null)).isEqualTo(data);
        assertThat(roundTrip(dtype, data, base)).isEqualTo(data);
    }

    @ParameterizedTest(name = "{0} bytes")
    @ValueSource(ints = {0, 2, 4 << 20, (4 << 20) + 2, (8 << 20) - 2})
    void sizesAroundTheChunkComeBack(int bytes) throws IOException {
        byte[] data = random(bytes, 3);

        assertThat(roundTrip(DType.BF16, data, random(bytes, 4))).isEqualTo(data);
    }

    @Test
    void specialFloatsComeBackBitForBit() throws IOException {
        float[] specials = {
            0f,
            -0f,
            Float.NaN,
            Float.intBitsToFloat(0x7F800001),
            Float.intBitsToFloat(0xFFC12345),
            Float.POSITIVE_INFINITY,
            Float.NEGATIVE_INFINITY,
            Float.MIN_VALUE,
            -Float.MAX_VALUE,
            65504f,
            1e-8f
        };
        byte[] data = floats(specials);

        assertThat(roundTrip(DType.F32, data, null)).isEqualTo(data);
        assertThat(roundTrip(DType.F32, data, floats(new float[specials.length]))).isEqualTo(data);
    }

    @Test
    void f32ThatHoldsHalfPrecisionValuesIsCodedInHalfTheBytes() throws IOException {
        Random random = new Random(5);
        float[] halves = new float[100_000];
        float[] wide = new float[halves.length];
        for (int i = 0; i < halves.length; i++) {
            wide[i] = (float) random.nextGaussian();
            halves[i] = Float.float16ToFloat(Float.floatToFloat16(wide[i]));
        }

        long narrow = encode(DType.F32, floats(halves), null).length;

        assertThat(narrow).isLessThan(2L * halves.length);
        assertThat(encode(DType.F32, floats(wide), null).length).isGreaterThan(3 * wide.length);
        assertThat(roundTrip(DType.F32, floats(halves), null)).isEqualTo(floats(halves));
    }

    @Test
    void narrowedBf16IsPredictedByABaseThatIsNotNarrow() throws IOException {
        float[] base = new float[1000];
        float[] tuned = new float[1000];
        Random random = new Random(6);
        for (int i = 0; i < base.length; i++) {
            base[i] = (float) random.nextGaussian() * 1e20f;
            tuned[i] = Floats.fromBf16(Floats.toBf16(base[i] * 1.01f));
        }

        assertThat(roundTrip(DType.F32, floats(tuned), floats(base))).isEqualTo(floats(tuned));
    }

    @Test
    void aNearbyBaseHelpsAndAnUnrelatedOneDoesNot() {
        short[] words = new short[50_000];
        short[] near = new short[words.length];
        Random random = new Random(7);
        for (int i = 0; i < words.length; i++) {
            words[i] = Float.floatToFloat16((float) random.nextGaussian());
            near[i] = (short) (words[i] + random.nextInt(5) - 2);
        }
        byte[] unrelated = random(2 * words.length, 8);

        assertThat(predicts(halfs(words), halfs(near))).isTrue();
        assertThat(predicts(halfs(words), unrelated)).isFalse();
    }

    @Test
    void everyTruncationIsRefused() throws IOException {
        byte[] data = random(600, 9);
        byte[] block = encode(DType.F16, data, null);
        for (int length = 0; length < block.length; length++) {
            byte[] cut = java.util.Arrays.copyOf(block, length);
            assertThatThrownBy(() -> decode(DType.F16, cut, null, data.length))
                    .isInstanceOf(MalformedFileException.class)
                    .hasMessageStartingWith("a.safetensors: 'w': byte ");
        }
    }

    @Test
    void bytesAfterTheLastChunkAreRefused() throws IOException {
        byte[] block = encode(DType.U8, random(100, 10), null);
        byte[] longer = java.util.Arrays.copyOf(block, block.length + 1);

        assertThatThrownBy(() -> decode(DType.U8, longer, null, 100))
                .hasMessageEndingWith("1 bytes follow the last chunk");
    }

    @ParameterizedTest(name = "header byte {0}")
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 15})
    void anUnknownValueInTheHeaderIsRefused(int at) throws IOException {
        byte[] block = encode(DType.F16, random(64, 11), null);
        block[at] ^= 0x40;

        assertThatThrownBy(() -> decode(DType.F16, block, null, 64))
                .isInstanceOf(MalformedFileException.class);
    }

    @Test
    void aPredictedBlockWithoutItsBaseIsRefused() throws IOException {
        byte[] data = random(64, 12);
        byte[] block = encode(DType.F16, data, data);

        assertThatThrownBy(() -> decode(DType.F16, block, null, 64))
                .hasMessage("a.safetensors: 'w': byte 2: no base to predict from, predictor 1");
    }

    private static byte[] roundTrip(DType dtype, byte[] data, byte @Nullable [] base)
            throws IOException {
        return decode(dtype, encode(dtype, data, base), base, data.length);
    }

    private static byte[] encode(DType dtype, byte[] data, byte @Nullable [] base)
            throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ExactBlock.encode(
                dtype,
                MemorySegment.ofArray(data),
                base == null ? null : MemorySegment.ofArray(base),
                Channels.newChannel(bytes));
        return bytes.toByteArray();
    }

    private static byte[] decode(DType dtype, byte[] block, byte @Nullable [] base, int size) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment direct =
                    arena.allocate(Math.max(1, block.length)).asSlice(0, block.length);
            direct.copyFrom(MemorySegment.ofArray(block));
            byte[] out = new byte[size];
            ExactBlock.decode(
                    direct,
                    dtype,
                    base == null ? null : MemorySegment.ofArray(base),
                    MemorySegment.ofArray(out),
                    "a.safetensors: 'w'");
            return out;
        }
    }

    private static boolean predicts(byte[] data, byte[] base) {
        return ExactBlock.predicts(
                DType.F16, MemorySegment.ofArray(data), MemorySegment.ofArray(base));
    }

    private static byte[] random(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static byte[] floats(float[] values) {
        byte[] bytes = new byte[4 * values.length];
        MemorySegment.copy(
                values, 0, MemorySegment.ofArray(bytes), Floats.FLOAT32, 0, values.length);
        return bytes;
    }

    private static byte[] halfs(short[] words) {
        byte[] bytes = new byte[2 * words.length];
        MemorySegment.copy(words, 0, MemorySegment.ofArray(bytes), Floats.WORD16, 0, words.length);
        return bytes;
    }
}
