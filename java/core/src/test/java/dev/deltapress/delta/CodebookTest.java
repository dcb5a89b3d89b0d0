package dev.deltapress.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.deltapress.tensor.FloatSamples;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CodebookTest {
    private static final Codebook TWO_BITS =
            new Codebook(new float[] {-1, 0, 1}, new float[] {-1.5f, -0.5f, 0.5f, 1.5f});

    @Test
    void aNumberBetweenTwoBoundariesGetsTheCodeBetweenThem() {
        assertThat(TWO_BITS.bits()).isEqualTo(2);
        assertThat(TWO_BITS.encode(-3, 2)).isEqualTo(0);
        assertThat(TWO_BITS.encode(-1, 2)).isEqualTo(1);
        assertThat(TWO_BITS.encode(1, 2)).isEqualTo(2);
        assertThat(TWO_BITS.encode(3, 2)).isEqualTo(3);
        assertThat(TWO_BITS.encode(Float.NEGATIVE_INFINITY, 2)).isEqualTo(0);
        assertThat(TWO_BITS.encode(Float.POSITIVE_INFINITY, 2)).isEqualTo(3);
    }

    @Test
    void tiesGoToTheEvenCode() {
        assertThat(TWO_BITS.encode(-1, 1)).isEqualTo(0);
        assertThat(TWO_BITS.encode(0, 1)).isEqualTo(2);
        assertThat(TWO_BITS.encode(-0f, 1)).isEqualTo(2);
        assertThat(TWO_BITS.encode(1, 1)).isEqualTo(2);
    }

    @Test
    void whatIsNoNumberGetsCodeZero() {
        assertThat(TWO_BITS.encode(Float.NaN, 1)).isEqualTo(0);
        assertThat(TWO_BITS.encode(0, 0)).isEqualTo(0);
    }

    @Test
    void aCodeStandsForItsLevelTimesTheScale() {
        assertThat(TWO_BITS.decode(0, 3)).isEqualTo(-4.5f);
        assertThat(TWO_BITS.decode(4 + 3, 3)).isEqualTo(4.5f);
    }

    @ParameterizedTest(name = "{0} bits")
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void manyCodesAreThoseOfOneAfterAnother(int bits) {
        Codebook book = Grid.SYMMETRIC.codebook(bits);
        float[] x = FloatSamples.mixed(5000, bits);
        for (int i = 0; i < 2000; i++) {
            x[i] = i / 4f - 250; // ties among them
        }
        byte[] codes = new byte[x.length];
        float[] decoded = new float[x.length];
        for (float scale : new float[] {1, 0.37f, 0}) {
            book.encode(x, scale, codes, x.length);
            book.decode(codes, scale, decoded, x.length);
            for (int i = 0; i < x.length; i++) {
                assertThat(codes[i] & 0xFF).isEqualTo(book.encode(x[i], scale));
                assertThat(decoded[i]).isEqualTo(book.decode(codes[i], scale));
            }
        }
    }

    @Test
    void boundariesMustAscendAndFitTheLevels() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Codebook(new float[] {0, 0, 1}, new float[4]))
                .withMessage("boundary 0, 0.0, is not below the next, 0.0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Codebook(new float[3], new float[2]))
                .withMessage("3 boundaries between 2 levels");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Codebook(new float[2], new float[3]))
                .withMessage("3 levels of a codebook");
    }

    @Test
    void codebooksOfAllWidthsFillATable() {
        assertThat(Codebook.at(1)).isZero();
        for (int bits = 1; bits < Codebook.MAX_BITS; bits++) {
            assertThat(Codebook.at(bits + 1)).isEqualTo(Codebook.at(bits) + (1 << bits));
        }
        assertThat(Codebook.at(Codebook.MAX_BITS) + 256).isEqualTo(Codebook.TABLE);
    }
}
