package dev.deltapress.cuda.gpu;

import dev.deltapress.backend.Backend;
import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Factors;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.cuda.HostFactors;
import dev.deltapress.linalg.Kernels;
import dev.deltapress.linalg.RankRule;
import dev.deltapress.parallel.Team;
import dev.deltapress.tensor.DType;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Small matrices that the cuda backend factorises together, as many as it takes at once, and the
 * Java backend one by one. Some of them leave the common course.
 *
 * @param rank components that are asked for
 */
record BatchCase(int rows, int columns, DType dtype, int rank) implements ParityCheck {
    private static final List<Spectrum> SPECTRA =
            List.of(Spectrum.SPIKED, Spectrum.BULK, Spectrum.LOW_RANK, Spectrum.ZERO);

    static List<BatchCase> small() {
        return List.of(
                new BatchCase(96, 128, DType.F32, 12), new BatchCase(160, 70, DType.BF16, 8));
    }

    /** Experts and heads of a large model. */
    static List<BatchCase> large() {
        return List.of(
                new BatchCase(384, 384, DType.BF16, 24),
                new BatchCase(1024, 1024, DType.BF16, 100),
                new BatchCase(512, 2048, DType.F16, 60));
    }

    @Override
    public Findings compare(Backend cuda, Backend java, Team team) {
        Findings findings = new Findings();
        int batch = cuda.batch(rows, columns);
        findings.note("batch", batch);
        if (batch < SPECTRA.size()) {
            findings.fail("only %d matrices together".formatted(batch));
        }
        try (Arena arena = Arena.ofShared();
                Session ours = cuda.open();
                Session theirs = java.open()) {
            List<WeightPair> pairs = new ArrayList<>();
            for (int i = 0; i < batch; i++) {
                Spectrum spectrum = SPECTRA.get(i % SPECTRA.size());
                pairs.add(
                        WeightPair.synthetic(arena, "batch." + i, rows, columns, dtype, spectrum));
            }
            Comparer comparer = new Comparer(arena, findings, Kernels.best(team), ours, theirs);
            comparer.compare(pairs, RankRule.of(rank));
        } catch (RuntimeException e) {
            findings.fail(e.toString());
        }
        return findings;
    }

    private record Comparer(
            Arena arena, Findings findings, Kernels kernels, Session ours, Session theirs) {

        void compare(List<WeightPair> pairs, RankRule rank) {
            List<Delta> deltas = new ArrayList<>();
            List<Factors> factors = new ArrayList<>();
            try {
                for (WeightPair pair : pairs) {
                    deltas.add(ours.subtract(pair.tuned(), pair.base()));
                }
                factors.addAll(ours.factorise(deltas, Collections.nCopies(deltas.size(), rank)));
                for (int i = 0; i < pairs.size(); i++) {
                    compare(i, pairs.get(i), rank, deltas.get(i), factors.get(i));
                }
            } finally {
                factors.forEach(Factors::close);
                deltas.forEach(Delta::close);
            }
        }

        /** The contract of each is that of one alone. */
        private void compare(
                int number, WeightPair pair, RankRule rank, Delta delta, Factors factors) {
            HostFactors host = HostFactors.of(arena, factors);
            double left = Comparison.orthogonality(kernels, host.ut());
            double right = Comparison.orthogonality(kernels, host.vt());
            try (Delta expected = theirs.subtract(pair.tuned(), pair.base());
                    Factors reference = theirs.factorise(expected, rank)) {
                double energy =
                        Comparison.difference(
                                Comparison.energy(factors.singularValues()),
                                Comparison.energy(reference.singularValues()));
                double found = Comparison.relative(ours, delta, factors, pair);
                double best = Comparison.relative(theirs, expected, reference, pair);
                String of = "_of_" + number;
                findings.expect(
                        "rank_difference" + of, Math.abs(factors.rank() - reference.rank()), 0);
                findings.expect(
                        "orthogonality" + of, Math.max(left, right), Comparison.ORTHOGONALITY);
                findings.expect("energy" + of, energy, Comparison.EXCESS);
                findings.expect(
                        "excess_error" + of,
                        found - (1 + Comparison.EXCESS) * best,
                        Comparison.ROUNDING);
            }
        }
    }

    @Override
    public String toString() {
        return "%d x %d %s factorised together, %d components"
                .formatted(rows, columns, dtype, rank);
    }
}
