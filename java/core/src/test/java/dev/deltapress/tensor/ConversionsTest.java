package dev.deltapress.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.junit.jupiter.api.Test;

import java.util.Random;

class ConversionsTest {
    private static final int WORDS = 1 << 16;

    @Test
    void everyBinary16WidensAsTheReferenceDoes() {
        short[] words = everyWord();
        float[] actual = new float[WORDS];

        Conversions.fromF16(words, actual, WORDS);

        for (int i = 0; i < WORDS; i++) {
            assertSame(Float.float16ToFloat(words[i]), actual[i], words[i]);
        }
    }

    @Test
    void everyBfloat16WidensBitForBit() {
        short[] words = everyWord();
        int[] bits = new int[WORDS];
        float[] actual = new float[WORDS];
        int[] back = new int[WORDS];

        Conversions.fromBf16(words, bits, WORDS);
        Conversions.fromBits(bits, actual, WORDS);
        Conversions.toBits(actual, back, WORDS);

        for (int i = 0; i < WORDS; i++) {
            assertThat(back[i]).isEqualTo(words[i] << 16);
        }
    }

    /** Every number of either type, and what lies at and around the middle to the next. */
    @Test
    void roundingTiesAndTheirNeighboursGoWhereTheReferenceGoes() {
        for (short word : everyWord()) {
            float half = Float.float16ToFloat(word);
            float next = Float.float16ToFloat((short) (word + 1));
            assertRoundsAsTheReference(around((half + next) / 2));
            assertRoundsAsTheReference(around(Float.intBitsToFloat((word << 16) | 0x8000)));
            assertRoundsAsTheReference(half, Floats.fromBf16(word));
        }
    }

    @Test
    void randomBitsRoundAsTheReference() {
        long seed = System.nanoTime();
        System.out.println("ConversionsTest.randomBitsRoundAsTheReference: seed " + seed);
        int[] bits = new Random(seed).ints(100_000).toArray();
        float[] values = new float[bits.length];
        Conversions.fromBits(bits, values, bits.length);

        assertRoundsAsTheReference(values);
    }

    @Test
    void binary16OverflowsFromTheMiddleOn() {
        float[] values = {65504f, 65519.99f, 65520f, -65520f};
        short[] words = new short[4];

        Conversions.toF16(values, words, 4);

        assertArrayEquals(new short[] {0x7BFF, 0x7BFF, 0x7C00, (short) 0xFC00}, words);
    }

    @Test
    void smallIntegersKeepTheirLowBits() {
        short[] words = everyWord();
        int[] ints = new int[WORDS];
        byte[] bytes = new byte[WORDS];
        int[] fromBytes = new int[WORDS];
        short[] shorts = new short[WORDS];

        Conversions.toInts(words, ints, WORDS);
        for (int i = 0; i < WORDS; i++) {
            assertThat(ints[i]).isEqualTo(words[i]);
            ints[i] |= i << 24; // what is above must not matter
        }
        Conversions.toBytes(ints, bytes, WORDS);
        Conversions.toInts(bytes, fromBytes, WORDS);
        Conversions.toShorts(ints, shorts, WORDS);

        assertArrayEquals(words, shorts);
        for (int i = 0; i < WORDS; i++) {
            assertThat(fromBytes[i]).isEqualTo((byte) words[i]);
        }
    }

    private static float[] around(float value) {
        return new float[] {Math.nextDown(value), value, Math.nextUp(value)};
    }

    private static void assertRoundsAsTheReference(float... values) {
        int count = values.length;
        short[] halves = new short[count];
        int[] brains = new int[count];

        Conversions.toF16(values, halves, count);
        Conversions.toBits(values, brains, count);
        Conversions.toBf16(brains, count);

        for (int i = 0; i < count; i++) {
            if (halves[i] != Float.floatToFloat16(values[i])
                    || brains[i] != Floats.toBf16(values[i])) {
                assertThat("%a: %x %x".formatted(values[i], halves[i], brains[i]))
                        .isEqualTo("as the reference");
            }
        }
    }

    private static void assertSame(float expected, float actual, short word) {
        if (Float.floatToRawIntBits(expected) != Float.floatToRawIntBits(actual)) {
            assertThat(actual).as("%04x", word).isEqualTo(expected);
        }
    }

    private static short[] everyWord() {
        short[] words = new short[WORDS];
        for (int i = 0; i < WORDS; i++) {
            words[i] = (short) i;
        }
        return words;
    }
}
