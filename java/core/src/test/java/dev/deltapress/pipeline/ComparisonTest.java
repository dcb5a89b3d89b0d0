package dev.deltapress.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.deltapress.MismatchException;
import dev.deltapress.UsageException;
import dev.deltapress.method.DeltaCome;
import dev.deltapress.method.ImPart;
import dev.deltapress.method.LowRank;
import dev.deltapress.method.Method;
import dev.deltapress.pipeline.CompareReport.Outcome;
import dev.deltapress.pipeline.CompareReport.Reached;
import dev.deltapress.pipeline.CompareReport.Spectrum;
import dev.deltapress.pipeline.CompareReport.Unreached;
import dev.deltapress.tensor.DType;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

class ComparisonTest {
    private static final List<Method> METHODS =
            List.of(ImPart.ratio(4), new LowRank(4), new LowRank(500), DeltaCome.ratio(4));

    @TempDir Path dir;
    private final Pairs base = Pairs.base();
    private final Pairs tuned = base.tuned();
    private CompressRequest pair;

    @BeforeEach
    void writePair() throws IOException {
        base.writeFile(dir.resolve("base.safetensors"));
        tuned.writeFile(dir.resolve("tuned.safetensors"));
        Files.createDirectory(dir.resolve("out"));
        pair =
                CompressRequest.of(
                        dir.resolve("base.safetensors"),
                        dir.resolve("tuned.safetensors"),
                        dir.resolve("nowhere"));
    }

    @Test
    void everyOutcomeIsWhatTheMethodGivesOnItsOwn() throws IOException {
        CompareReport report = compare(METHODS, false);

        assertThat(report.outcomes()).extracting(Outcome::method).isEqualTo(METHODS);
        for (int i : List.of(0, 1, 3)) {
            Path alone = dir.resolve("alone-" + i);
            CompressReport expected =
                    Compressor.compress(
                            pair.withMethod(METHODS.get(i)).withOut(alone), Progress.NONE);
            Reached reached = (Reached) report.outcomes().get(i);

            assertThat(reached.compressed().tensors()).isEqualTo(expected.tensors());
            assertThat(reached.compressed().storedBytes()).isEqualTo(sizeOf(alone));
            assertThat(reached.verified().relativeError())
                    .isCloseTo(expected.relativeError(), within(1e-6));
            assertThat(reached.verified().checked()).contains("errors");
        }
    }

    @Test
    void aRatioOutOfReachIsAnOutcomeThatNamesTheBest() throws IOException {
        Outcome outcome = compare(METHODS, false).outcomes().get(2);

        assertThat(outcome).isInstanceOf(Unreached.class);
        assertThat(((Unreached) outcome).reason())
                .startsWith("lowrank: ratio 500")
                .contains("best ratio here: ");
    }

    @Test
    void wrongUsageIfNothingIsReached() {
        assertThatThrownBy(() -> compare(List.of(new LowRank(500), ImPart.ratio(600)), false))
                .isInstanceOf(UsageException.class)
                .hasMessageContainingAll("lowrank: ratio 500", "; impart: ratio 600");
        assertThatThrownBy(() -> compare(List.of(), false))
                .isInstanceOf(UsageException.class)
                .hasMessage("no method to compare");
    }

    @Test
    void anyOtherFailureEndsTheComparison() throws IOException {
        Files.delete(dir.resolve("tuned.safetensors"));
        tuned.remove("lm_head.weight").writeFile(dir.resolve("tuned.safetensors"));

        assertThatThrownBy(() -> compare(METHODS, false)).isInstanceOf(MismatchException.class);
        assertThat(names(dir.resolve("out"))).isEmpty();
    }

    @Test
    void deltasStayOnlyWhereTheyAreWanted() throws IOException {
        compare(METHODS, false);
        assertThat(names(dir.resolve("out"))).isEmpty();

        CompareReport report = compare(METHODS, true);
        assertThat(names(dir.resolve("out")))
                .containsExactly("delta-come-4x", "impart-4x", "lowrank-4x");
        VerifyReport again =
                Verifier.verify(
                        new VerifyRequest(
                                dir.resolve("out").resolve("lowrank-4x"),
                                pair.base(),
                                pair.tuned(),
                                Resources.defaults()),
                        Progress.NONE);
        assertThat(((Reached) report.outcomes().get(1)).verified().tensors())
                .isEqualTo(again.tensors());
    }

    @Test
    void theSameMethodIsRunOnceAndOtherParametersAreAnotherDelta() throws IOException {
        Method other = new DeltaCome(4, "4x8,2", "gaussian", true);
        CompareReport report =
                compare(List.of(new LowRank(4), DeltaCome.ratio(4), new LowRank(4.0), other), true);

        assertThat(report.outcomes())
                .extracting(Outcome::method)
                .containsExactly(new LowRank(4), DeltaCome.ratio(4), other);
        assertThat(names(dir.resolve("out")))
                .containsExactly("delta-come-4x", "delta-come-4x-2", "lowrank-4x");
    }

    @Test
    void progressTellsTheRunAndNotesOnce() throws IOException {
        List<String> phases = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        Progress progress =
                new Progress() {
                    @Override
                    public void begin(String phase, long bytes) {
                        phases.add(phase);
                    }

                    @Override
                    public void note(String line) {
                        notes.add(line);
                    }
                };

        Comparison.compare(
                new CompareRequest(
                        pair.withResources(new Resources("auto", 1, 0)),
                        List.of(new LowRank(4), ImPart.ratio(4.5)),
                        dir.resolve("out"),
                        false),
                progress);

        assertThat(phases)
                .containsExactly(
                        "lowrank-4x: compressing",
                        "lowrank-4x: verifying",
                        "impart-4.5x: compressing",
                        "impart-4.5x: verifying",
                        "singular values: factorising");
        assertThat(notes).hasSize(1);
    }

    @Test
    void spectraHoldTheEnergyOfTheDeltas() throws IOException {
        List<Spectrum> spectra = compare(METHODS, false).spectra();

        assertThat(spectra).hasSize(4);
        for (Spectrum spectrum : spectra) {
            float[] before = base.values(spectrum.tensor());
            float[] after = tuned.values(spectrum.tensor());
            double energy = 0;
            for (int i = 0; i < before.length; i++) {
                energy += Math.pow((double) after[i] - before[i], 2);
            }
            double sum = spectrum.values().stream().mapToDouble(v -> (double) v * v).sum();
            assertThat(spectrum.values())
                    .hasSize(64)
                    .isSortedAccordingTo((a, b) -> Float.compare(b, a));
            assertThat(sum).isCloseTo(energy, within(energy * 1e-5));
        }
    }

    @Test
    void spectraAreThoseOfTheLargestFromAllOverTheModel() throws IOException {
        for (String name : List.of("base.safetensors", "tuned.safetensors")) {
            Files.delete(dir.resolve(name));
        }
        for (int layer = 0; layer < 9; layer++) {
            base.put(w(layer), DType.F32, base.values("lm_head.weight"), 96, 64);
        }
        float[] large = new float[256 * 64];
        base.put("model.layers.5.large.weight", DType.F32, large, 256, 64);
        base.remove("model.layers.0.mlp.down_proj.weight");
        base.remove("model.layers.1.mlp.down_proj.weight");
        base.remove("model.layers.0.self_attn.q_proj.weight");
        base.remove("model.layers.1.self_attn.q_proj.weight");
        base.writeFile(dir.resolve("base.safetensors"));
        base.tuned().writeFile(dir.resolve("tuned.safetensors"));

        assertThat(compare(List.of(new LowRank(2)), false).spectra())
                .extracting(Spectrum::tensor)
                .containsExactlyInAnyOrder(
                        w(0), w(2), w(4), w(6), w(8), "model.layers.5.large.weight");
    }

    private static String w(int layer) {
        return "model.layers.%d.w.weight".formatted(layer);
    }

    private CompareReport compare(List<Method> methods, boolean keep) throws IOException {
        return Comparison.compare(
                new CompareRequest(pair, methods, dir.resolve("out"), keep), Progress.NONE);
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static long sizeOf(Path folder) throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                bytes += Files.size(file);
            }
        }
        return bytes;
    }
}
