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
import java.util.Arrays;
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
            byte[] cut = Arrays.copyOf(block, length);
            assertThatThrownBy(() -> decode(DType.F16, cut, null, data.length))
                    .isInstanceOf(MalformedFileException.class)
                    .hasMessageStartingWith("a.safetensors: 'w': byte ");
        }
    }

    @Test
    void bytesAfterTheLastChunkAreRefused() throws IOException {
        byte[] block = encode(DType.U8, random(100, 10), null);
        byte[] longer = Arrays.copyOf(block, block.length + 1);

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

    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16", "F32"})
    void differencesOf16BitFloatsComeBackFromResiduals(DType dtype) throws IOException {
        Pair pair = pair(dtype, 3 << 20, 13);

        byte[] block = encode(dtype, pair.tuned, pair.base);

        assertThat(block[2]).isEqualTo((byte) 2);
        byte[] decoded = decode(dtype, block, pair.base, pair.tuned.length);
        assertThat(Arrays.equals(decoded, pair.tuned)).isTrue();
    }

    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void aPartOfResidualsIsThatPartOfTheWhole(DType dtype) throws IOException {
        Pair pair = pair(dtype, 5 << 20, 14);
        byte[] block = encode(dtype, pair.tuned, pair.base);
        byte[] out = new byte[pair.tuned.length];
        int chunk = 4 << 20;
        long[] pieces = new long[2];
        try (Arena arena = Arena.ofConfined()) {
            ExactBlock.decode(
                    arena.allocate(block.length).copyFrom(MemorySegment.ofArray(block)),
                    dtype,
                    MemorySegment.ofArray(pair.base),
                    out.length,
                    chunk + 10,
                    chunk + 12,
                    (at, piece) -> {
                        pieces[0]++;
                        pieces[1] = at;
                        MemorySegment.ofArray(out).asSlice(at, piece.byteSize()).copyFrom(piece);
                    },
                    "w");
        }
        assertThat(pieces).containsExactly(1, chunk);
        assertThat(Arrays.equals(out, chunk, 2 * chunk, pair.tuned, chunk, 2 * chunk)).isTrue();
    }

    /** Every kind of special value on either side, in a tensor that residuals pay for. */
    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void specialHalvesComeBackFromResidualsBitForBit(DType dtype) throws IOException {
        Pair pair = pair(dtype, 1 << 16, 15);
        int[] specials = {0, 0x8000, 0x7C00, 0xFC00, 0x7C01, 0x7F80, 0xFF81, 0xFFFF, 0x7FFF, 1};
        MemorySegment tuned = MemorySegment.ofArray(pair.tuned);
        MemorySegment base = MemorySegment.ofArray(pair.base);
        for (int i = 0; i < 100; i++) {
            tuned.setAtIndex(Floats.WORD16, 7L * i, (short) specials[i % 10]);
            base.setAtIndex(Floats.WORD16, 7L * i, (short) specials[i / 10]);
        }

        byte[] block = encode(dtype, pair.tuned, pair.base);

        assertThat(block[2]).isEqualTo((byte) 2);
        assertThat(decode(dtype, block, pair.base, pair.tuned.length)).isEqualTo(pair.tuned);
    }

    @Test
    void residualsAreRefusedWhereWordsAreNo16BitFloats() throws IOException {
        byte[] data = random(64, 16);
        for (DType dtype : new DType[] {DType.I16, DType.F8_E4M3, DType.F32, DType.I64}) {
            byte[] block = encode(dtype, data, data);
            block[2] = 2;
            assertThatThrownBy(() -> decode(dtype, block, data, 64))
                    .isInstanceOf(MalformedFileException.class)
                    .hasMessage(
                            "a.safetensors: 'w': byte 2: predictor 2 of words of %s"
                                    .formatted(dtype));
        }
        byte[] block = encode(DType.F16, data, data);
        block[2] = 3;
        assertThatThrownBy(() -> decode(DType.F16, block, data, 64))
                .hasMessage("a.safetensors: 'w': byte 2: predictor 3 of words of F16");
    }

    @Test
    void cutAndFlippedResidualsAreFoundOrGiveOtherBytes() throws IOException {
        Random random = new Random(17);
        float[] values = new float[3000];
        float[] near = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            near[i] = rounded(DType.BF16, 1.5 + 0.4 * random.nextDouble());
            values[i] = rounded(DType.BF16, near[i] + 0.02 * random.nextGaussian());
        }
        Pair pair = new Pair(words(near), words(values));
        byte[] block = encode(DType.BF16, pair.tuned, pair.base);
        assertThat(block[2]).isEqualTo((byte) 2);
        int size = pair.tuned.length;
        for (int length = 0; length < block.length; length++) {
            byte[] cut = Arrays.copyOf(block, length);
            assertThatThrownBy(() -> decode(DType.BF16, cut, pair.base, size))
                    .isInstanceOf(MalformedFileException.class)
                    .hasMessageStartingWith("a.safetensors: 'w': byte ");
        }
        for (int bit = 0; bit < 8 * block.length; bit += 3) {
            byte[] flipped = block.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            try {
                assertThat(decode(DType.BF16, flipped, pair.base, size)).isNotEqualTo(pair.tuned);
            } catch (MalformedFileException e) {
                assertThat(e).hasMessageStartingWith("a.safetensors: 'w': byte ");
            }
        }
    }

    @Test
    void aTensorWithFewChangesIsTinyWithoutAByteForWhatIsEqual() throws IOException {
        byte[] base = pair(DType.BF16, 3 << 20, 18).base;
        byte[] tuned = base.clone();
        byte[] equal = encode(DType.BF16, tuned, base);
        assertThat(equal).hasSizeLessThan(100);
        assertThat(Arrays.equals(decode(DType.BF16, equal, base, base.length), base)).isTrue();
        Random random = new Random(19);
        MemorySegment words = MemorySegment.ofArray(tuned);
        int changed = base.length / 2 / 100;
        for (int i = 0; i < changed; i++) {
            int at = random.nextInt(base.length / 2);
            int step = random.nextBoolean() ? 1 : -1;
            words.setAtIndex(
                    Floats.WORD16, at, (short) (words.getAtIndex(Floats.WORD16, at) + step));
        }

        double bits = 8.0 * encode(DType.BF16, tuned, base).length / (base.length / 2.0);

        // One in a hundred, and which way it went: 0.0808 + 0.01 bits of a word.
        assertThat(bits).isBetween(0.088, 0.0908 * 1.05);
    }

    @SuppressWarnings("ArrayRecordComponent") // read at once, never compared
    private record Pair(byte[] base, byte[] tuned) {}

    /** Gaussian weights and a fine-tune that moves each by about a hundredth of the largest. */
    private static Pair pair(DType dtype, int elements, long seed) {
        Random random = new Random(seed);
        byte[] base = new byte[elements * dtype.bits() / 8];
        byte[] tuned = new byte[base.length];
        DType held = dtype == DType.F32 ? DType.F16 : dtype;
        for (int i = 0; i < elements; i++) {
            double before = random.nextGaussian() * 0.02;
            double after = before + random.nextGaussian() * 0.0005;
            Floats.set(MemorySegment.ofArray(base), dtype, i, rounded(held, before));
            Floats.set(MemorySegment.ofArray(tuned), dtype, i, rounded(held, after));
        }
        return new Pair(base, tuned);
    }

    private static byte[] words(float[] values) {
        short[] words = new short[values.length];
        for (int i = 0; i < words.length; i++) {
            words[i] = Floats.toBf16(values[i]);
        }
        return halfs(words);
    }

    private static float rounded(DType dtype, double value) {
        return dtype == DType.F16
                ? Float.float16ToFloat(Float.floatToFloat16((float) value))
                : Floats.fromBf16(Floats.toBf16((float) value));
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
