package dev.deltapress.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deltapress.MalformedFileException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

class GolombGapsTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 7, 8, 43, 64, 1000, 1 << 20, GolombGaps.MOST})
    void gapsComeBack(int divisor) {
        Random random = new Random(divisor);
        long[] gaps = new long[2000];
        for (int i = 0; i < gaps.length; i++) {
            gaps[i] = Math.min(random.nextLong(70L * divisor + 1), 1L << 40);
        }
        gaps[3] = 0;
        byte[] coded = coded(divisor, gaps);

        assertThat(decoded(coded, divisor, gaps.length)).isEqualTo(gaps);
    }

    /** Worked by hand: M = 5 has remainders 0 1 2 in two bits, 3 4 in three; cutoff 3. */
    @Test
    void aGapIsOnesAZeroAndARemainder() {
        // 12 = 2 * 5 + 2: ones 1 1, zero, then 2 in two bits, lowest first: 0 1.
        assertThat(coded(5, 12)).containsExactly(0b10011);
        // 4: zero, then 3 + (4 - 3) / 2 = 3 in two bits, then (4 - 3) mod 2 = 1.
        assertThat(coded(5, 4)).containsExactly(0b1110);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.5, 0.1, 0.0233, 0.004})
    void randomPositionsTakeAboutTheirEntropy(double density) {
        int entries = 1_000_000;
        Random random = new Random(5);
        int kept = 0;
        GolombGaps.Writer writer =
                new GolombGaps.Writer(GolombGaps.divisor(entries, (long) (density * entries)));
        int gap = 0;
        for (int i = 0; i < entries; i++) {
            if (random.nextDouble() < density) {
                writer.add(gap);
                kept++;
                gap = 0;
            } else {
                gap++;
            }
        }
        double p = (double) kept / entries;
        double entropy = -entries * (p * Math.log(p) + (1 - p) * Math.log(1 - p)) / Math.log(2) / 8;
        assertThat((double) writer.finish().length).isBetween(0.995 * entropy, 1.015 * entropy);
    }

    @Test
    void everyCutIsFound() {
        long[] gaps = {5, 0, 90, 3, 17, 2, 33};
        byte[] coded = coded(7, gaps);
        for (int length = 0; length < coded.length; length++) {
            byte[] cut = Arrays.copyOf(coded, length);
            assertThatThrownBy(() -> decoded(cut, 7, gaps.length))
                    .isInstanceOf(MalformedFileException.class)
                    .hasMessageStartingWith("here: byte 9: ");
        }
    }

    @Test
    void whatIsLeftOverIsFound() {
        // A zero and remainders of 3, 3 and 2 bits: 11 bits in two bytes.
        byte[] coded = coded(7, 5, 6, 0);
        assertThat(decoded(coded, 7, 3)).containsExactly(5, 6, 0);
        List<byte[]> longer = new ArrayList<>(List.of(Arrays.copyOf(coded, 3)));
        for (int bit = 3; bit < 8; bit++) {
            byte[] more = coded.clone();
            more[1] |= (byte) (1 << bit);
            longer.add(more);
        }
        for (byte[] more : longer) {
            assertThatThrownBy(() -> decoded(more, 7, 3))
                    .isInstanceOf(MalformedFileException.class)
                    .hasMessage("here: byte 9: gaps go on after the last kept entry");
        }
    }

    @Test
    void aGapBeyondTheMatrixIsRefusedBeforeItOverflows() {
        byte[] ones = new byte[1000];
        Arrays.fill(ones, (byte) -1);
        for (int divisor : new int[] {1, GolombGaps.MOST}) {
            MemorySegment in = MemorySegment.ofArray(ones);
            GolombGaps.Reader reader = new GolombGaps.Reader(in, divisor, 500, "here", 9);
            assertThatThrownBy(reader::next)
                    .hasMessage("here: byte 9: a gap of more entries than there are");
        }
    }

    private static byte[] coded(int divisor, long... gaps) {
        GolombGaps.Writer writer = new GolombGaps.Writer(divisor);
        for (long gap : gaps) {
            writer.add(gap);
        }
        return writer.finish();
    }

    private static GolombGaps.Reader reader(byte[] coded, int divisor) {
        return new GolombGaps.Reader(MemorySegment.ofArray(coded), divisor, 1L << 41, "here", 9);
    }

    private static long[] decoded(byte[] coded, int divisor, int count) {
        GolombGaps.Reader reader = reader(coded, divisor);
        long[] gaps = new long[count];
        for (int i = 0; i < count; i++) {
            gaps[i] = reader.next();
        }
        reader.finish();
        return gaps;
    }
}
