package dev.deltapress.panama.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.deltapress.panama.DeltaPressNative;
import dev.deltapress.panama.Flavour;
import dev.deltapress.panama.HostSettings;
import dev.deltapress.panama.LibraryUnavailableException;
import dev.deltapress.panama.NativeLibrary;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Everyone gives the bits of the scalar reference. A failure names the case; the same seed gives
 * the same cases.
 */
class ParityTest {
    static final long SEED = 20261124;

    private static final int DRAWS_AT_ONCE = 1_000_000;

    private static final List<Case> CASES = new ArrayList<>();
    private static final List<List<Operand>> EXPECTED = new ArrayList<>();

    @BeforeAll
    static void askTheReference() {
        Cases.forEach(
                SEED,
                c -> {
                    CASES.add(c);
                    EXPECTED.add(new Scalar().run(c));
                });
    }

    @AfterAll
    static void asItWas() {
        CASES.clear();
        EXPECTED.clear();
        if (NativeLibrary.of(Flavour.HOST).isAvailable()) {
            settings(0, 0);
        }
    }

    static Stream<Arguments> bitsAndThreads() {
        return Stream.of(128, 256, 512)
                .flatMap(bits -> Stream.of(1, 2, 7).map(threads -> Arguments.of(bits, threads)));
    }

    @ParameterizedTest(name = "{0} bits, {1} threads")
    @MethodSource("bitsAndThreads")
    void theHostLibraryGivesTheBitsOfTheReference(int bits, int threads) {
        DeltaPressNative library = library();
        settings(bits, threads);
        assertThat(HostSettings.of(library)).isEqualTo(new HostSettings(threads, bits));
        holdToTheReference(new LibraryRunner(library, 0), CASES, EXPECTED);
    }

    @Test
    void theLoopsOfTheJavaBackendGiveTheBitsOfTheReference() {
        holdToTheReference(new JavaRunner(), CASES, EXPECTED);
    }

    @Test
    void manyDrawsAreTheSame() {
        long draws = Long.getLong("deltapress.parity.draws", DRAWS_AT_ONCE);
        List<Runner> runners = new ArrayList<>(List.of(new JavaRunner()));
        NativeLibrary library = NativeLibrary.of(Flavour.HOST);
        if (library.isAvailable()) {
            settings(0, 0);
            runners.add(new LibraryRunner(library.functions(), 0));
        }
        for (long done = 0; done < draws; done += DRAWS_AT_ONCE) {
            Case c = Cases.draws(done / DRAWS_AT_ONCE, DRAWS_AT_ONCE);
            List<List<Operand>> expected = List.of(new Scalar().run(c));
            runners.forEach(runner -> holdToTheReference(runner, List.of(c), expected));
        }
    }

    private static void holdToTheReference(
            Runner runner, List<Case> cases, List<List<Operand>> expected) {
        int done = 0;
        for (int i = 0; i < cases.size(); i++) {
            Case c = cases.get(i);
            if (runner.does(c)) {
                requireEqual(c, expected.get(i), runner.run(c));
                done++;
            }
        }
        assertThat(done).isPositive();
    }

    private static void requireEqual(Case c, List<Operand> expected, List<Operand> found) {
        for (int output = 0; output < expected.size(); output++) {
            int at = expected.get(output).mismatch(found.get(output));
            if (at >= 0) {
                fail(
                        "%s, seed %d: output %d, element %d: expected %s, found %s"
                                .formatted(
                                        c,
                                        SEED,
                                        output,
                                        at,
                                        expected.get(output).show(at),
                                        found.get(output).show(at)));
            }
        }
    }

    private static DeltaPressNative library() {
        NativeLibrary library = NativeLibrary.of(Flavour.HOST);
        assumeTrue(library.isAvailable(), library::whyNot);
        return library.functions();
    }

    private static void settings(int bits, int threads) {
        DeltaPressNative library = NativeLibrary.of(Flavour.HOST).functions();
        try {
            library.hostSetVectorBits(bits);
        } catch (LibraryUnavailableException e) {
            assumeTrue(false, e.getMessage());
        }
        library.hostSetThreads(threads);
    }
}
