package dev.deltapress.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deltapress.UsageException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Map;

class MethodsTest {

    @Test
    void impartTakesThePapersParameters() {
        assertThat(
                        Methods.create(
                                "impart",
                                16,
                                Map.of("beta", "0.7", "C", "1", "paper_exact", "true")))
                .isEqualTo(new ImPart(16, 0.7, 1, true));
        assertThat(Methods.create("impart", 32, Map.of())).isEqualTo(ImPart.ratio(32));
    }

    @Test
    void parametersReadBackToTheSameMethod() {
        ImPart method = new ImPart(20.5, 0.123456789, 0.75, true);

        assertThat(Methods.create(method.name(), method.ratio(), method.parameters()))
                .isEqualTo(method);
    }

    @ParameterizedTest(name = "{0}={1}")
    @CsvSource({
        "beta, 1, 'impart: beta must be in [0, 1), got 1.0'",
        "beta, -0.1, 'impart: beta must be in [0, 1), got -0.1'",
        "beta, NaN, 'impart: beta must be in [0, 1), got NaN'",
        "beta, half, 'impart: beta must be a number, got ''half'''",
        "C, 0, 'impart: C must be above 0, got 0.0'",
        "gamma, 1, 'impart: unknown parameter ''gamma''; known: C, beta, paper_exact'",
        "paper_exact, yes, 'impart: paper_exact must be true or false, got ''yes'''"
    })
    void aBadParameterIsNamedWithWhatIsAllowed(String name, String value, String message) {
        assertThatThrownBy(() -> Methods.create("impart", 32, Map.of(name, value)))
                .isInstanceOf(UsageException.class)
                .hasMessage(message);
    }

    @Test
    void anUnknownMethodIsRefusedWithTheKnownOnes() {
        assertThatThrownBy(() -> Methods.create("zip", 32, Map.of()))
                .isInstanceOf(UsageException.class)
                .hasMessage(
                        "unknown method 'zip'; known: impart, impart-qt, delta-come, deltamix, lowrank, dare, dare-qt, darex-q, deltadq, ultradelta, bitdelta, delta-dct, lossless");
    }

    @ParameterizedTest(name = "{0}={1}")
    @CsvSource({
        "bands, 9, 'delta-come: bands must be components x bits and the bits of the others, such as 2x8,32x3,2, with 1 to 8 or 16 bits, got ''9'''",
        "bands, 2x8, 'delta-come: bands must be components x bits and the bits of the others, such as 2x8,32x3,2, with 1 to 8 or 16 bits, got ''2x8'''",
        "grid, even, 'delta-come: grid must be gaussian or symmetric, got ''even'''",
        "refit, 1, 'delta-come: refit must be true or false, got ''1'''",
        "beta, 1, 'delta-come: unknown parameter ''beta''; known: bands, grid, refit'"
    })
    void aBadParameterOfDeltaComeIsNamed(String name, String value, String message) {
        assertThatThrownBy(() -> Methods.create("delta-come", 32, Map.of(name, value)))
                .isInstanceOf(UsageException.class)
                .hasMessage(message);
    }

    @Test
    void parametersOfDeltaComeReadBack() {
        DeltaCome method = new DeltaCome(20.5, "1x16,3x4,1", "symmetric", false);

        assertThat(Methods.create(method.name(), method.ratio(), method.parameters()))
                .isEqualTo(method);
    }

    @ParameterizedTest(name = "{0}={1}")
    @CsvSource({
        "bands, 2x17, 'impart-qt: bands must be components x bits and the bits of the others, such as 2x8,32x3,2, with 1 to 8 or 16 bits, got ''2x17'''",
        "bands, 0, 'impart-qt: bands must be components x bits and the bits of the others, such as 2x8,32x3,2, with 1 to 8 or 16 bits, got ''0'''",
        "beta, 1, 'impart-qt: beta must be in [0, 1), got 1.0'",
        "C, -1, 'impart-qt: C must be above 0, got -1.0'",
        "grid, even, 'impart-qt: grid must be gaussian or symmetric, got ''even'''",
        "refit, no, 'impart-qt: refit must be true or false, got ''no'''",
        "f_max, 1, 'impart-qt: unknown parameter ''f_max''; known: C, bands, beta, grid, refit'"
    })
    void aBadParameterOfImPartQtIsNamed(String name, String value, String message) {
        assertThatThrownBy(() -> Methods.create("impart-qt", 32, Map.of(name, value)))
                .isInstanceOf(UsageException.class)
                .hasMessage(message);
    }

    @Test
    void parametersOfImPartQtReadBack() {
        ImPartQt method = new ImPartQt(20.5, 0.7, 0.75, "1x16,3x4,1", "symmetric", false);

        assertThat(Methods.create(method.name(), method.ratio(), method.parameters()))
                .isEqualTo(method);
    }

    @ParameterizedTest(name = "{0}={1}")
    @CsvSource({
        "f_max, 1, 'deltamix: f_max must be 2 to 10, got 1'",
        "f_max, 11, 'deltamix: f_max must be 2 to 10, got 11'",
        "f_max, 2.5, 'deltamix: f_max must be a whole number, got ''2.5'''",
        "grid, even, 'deltamix: grid must be gaussian or symmetric, got ''even'''",
        "rtc, 1, 'deltamix: rtc must be true or false, got ''1'''",
        "bands, 2, 'deltamix: unknown parameter ''bands''; known: f_max, grid, rtc'"
    })
    void aBadParameterOfDeltaMixIsNamed(String name, String value, String message) {
        assertThatThrownBy(() -> Methods.create("deltamix", 32, Map.of(name, value)))
                .isInstanceOf(UsageException.class)
                .hasMessage(message);
    }

    @Test
    void parametersOfDeltaMixReadBack() {
        DeltaMix method = new DeltaMix(20.5, 3, "symmetric", false);

        assertThat(Methods.create(method.name(), method.ratio(), method.parameters()))
                .isEqualTo(method);
    }

    @Test
    void aMethodWithoutParametersSaysSo() {
        assertThatThrownBy(() -> Methods.create("lowrank", 32, Map.of("rank", "3")))
                .isInstanceOf(UsageException.class)
                .hasMessage("lowrank: unknown parameter 'rank'; known: none");
    }

    @Test
    void losslessTakesNoRatio() {
        assertThat(Methods.create("lossless", Map.of())).isEqualTo(new Lossless());
        assertThat(Methods.create("lossless", new Lossless().ratio(), Map.of()))
                .isEqualTo(new Lossless());
        assertThat(Methods.names().stream().filter(name -> !Methods.takesRatio(name)))
                .containsExactly("lossless");
        assertThatThrownBy(() -> Methods.create("lossless", 8, Map.of()))
                .isInstanceOf(UsageException.class)
                .hasMessageStartingWith("lossless: takes no ratio");
    }

    @Test
    void theDefaultRatioIsThatOfTheCommandLine() {
        assertThat(Methods.create("impart", Map.of())).isEqualTo(ImPart.ratio(32));
    }

    @Test
    void aRatioBelowOneIsRefused() {
        assertThatThrownBy(() -> Methods.create("impart", 0.5, Map.of()))
                .isInstanceOf(UsageException.class)
                .hasMessage("impart: ratio must be at least 1, got 0.5");
    }
}
