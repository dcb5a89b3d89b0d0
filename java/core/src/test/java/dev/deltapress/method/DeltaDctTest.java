package dev.deltapress.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deltapress.UsageException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Map;

class DeltaDctTest {

    @ParameterizedTest(name = "{0} x {1} at {2}, p {3}, bits {4}, {5}")
    @CsvSource({
        "384, 384, 16, 16, 2, gaussian",
        "384, 384, 32, 16, 2, minmax",
        "300, 500, 16, 16, '2,1', gaussian",
        "512, 256, 20, 16, '3,2,1', symmetric",
        "384, 384, 64, 8, 1, minmax"
    })
    void theBlockFillsItsBudgetAndNeverExceedsIt(
            int rows, int columns, double ratio, int p, String bits, String grid) {
        DeltaDct method = new DeltaDct(ratio, p, bits, grid, true);
        long budget = (long) (2.0 * rows * columns / ratio);
        if (method.leastBytes(rows, columns) > budget) {
            assertThat(ratio).isEqualTo(64);
            return;
        }

        Encoded encoded = Encoded.of(method, rows, columns);

        // One patch more would not fit.
        long patch = (long) p * p * (bits.charAt(0) - '0') / 8 + 4;
        assertThat(encoded.block().byteSize()).isBetween(budget - patch, budget);
    }

    @Test
    void largePatchesGetTheBits() {
        int side = 128;
        float[] delta = Encoded.spiked(side, side);
        for (int i = 0; i < delta.length; i++) {
            int patch = i / side / 16 * 8 + i % side / 16;
            delta[i] *= patch % 4 == 1 ? 10 : 1;
        }
        DeltaDct method = new DeltaDct(32, 16, "2", Grids.GAUSSIAN, false);

        Encoded encoded =
                Encoded.of(method, side, side, delta, method.leastBytes(side, side) + 15 * 66);

        // All sixteen patches of 97% of the energy, at an error of 0.12 if they were normal.
        assertThat(encoded.relativeSquaredError()).isBetween(0.12, 0.18);
    }

    @Test
    void leastBytesAreThoseOfOnePatch() {
        DeltaDct method = DeltaDct.ratio(8);

        long least = method.leastBytes(70, 130);

        // 3 x 5 patches of 32 x 32: header, 2 widths, tags of a bit, 15 scalars, one patch.
        assertThat(least).isEqualTo(8 + 2 + 2 + 15 * 2 + 256);
        float[] delta = Encoded.spiked(70, 130);
        assertThat(Encoded.of(method, 70, 130, delta, least).block().byteSize()).isEqualTo(least);
    }

    @ParameterizedTest(name = "{0}={1}")
    @CsvSource({
        "p, 12, 'delta-dct: p must be a power of two from 4 to 64, got 12'",
        "p, 8.5, 'delta-dct: p must be a whole number, got ''8.5'''",
        "grid, flat, 'delta-dct: grid must be minmax, gaussian or symmetric, got ''flat'''",
        "bits, 5, 'delta-dct: bits must be 1 to 3 falling widths of 1 to 4 bits, such as 2,1, got ''5'''",
        "bits, '1,2', 'delta-dct: bits must be 1 to 3 falling widths of 1 to 4 bits, such as 2,1, got ''1,2'''"
    })
    void aBadParameterIsNamedWithWhatIsAllowed(String name, String value, String message) {
        assertThatThrownBy(() -> Methods.create("delta-dct", 16, Map.of(name, value)))
                .isInstanceOf(UsageException.class)
                .hasMessage(message);
    }
}
