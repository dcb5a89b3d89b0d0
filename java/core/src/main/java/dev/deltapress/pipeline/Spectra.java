package dev.deltapress.pipeline;

import dev.deltapress.backend.Backend;
import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Factors;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.backend.MatrixView;
import dev.deltapress.checkpoint.Checkpoint;
import dev.deltapress.checkpoint.Checkpoints;
import dev.deltapress.linalg.RankRule;
import dev.deltapress.parallel.Team;
import dev.deltapress.pipeline.CompareReport.Spectrum;
import dev.deltapress.pipeline.Selector.Treatment;
import dev.deltapress.tensor.MappedPages;
import dev.deltapress.tensor.TensorInfo;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Singular values of deltas, which show how much a low rank can hold. */
final class Spectra {
    /** As many lines as a chart can show. */
    private static final int MOST_MATRICES = 6;

    /** Values beyond tell little and take the most time on large matrices. */
    private static final int MOST_VALUES = 256;

    private Spectra() {}

    /**
     * The spectra of some of the largest matrices that are compressed, in the models' order; of
     * those with NaN or infinity in their delta none.
     */
    static List<Spectrum> of(CompressRequest request, Progress progress) throws IOException {
        try (Checkpoint base = Checkpoints.open(request.base());
                Checkpoint tuned = Checkpoints.open(request.tuned());
                Team team = new Team(request.resources().threads());
                Backend backend = request.resources().backend(team, progress::note)) {
            Workers workers = new Workers(team, backend, MemoryLimit.of(request.resources()));
            List<TensorPlan> chosen = largest(compressed(base, tuned, request));
            progress.begin(
                    "factorising", chosen.stream().mapToLong(p -> p.tuned().byteSize()).sum());
            List<List<Spectrum>> spectra =
                    workers.map(
                            chosen,
                            TensorPlan::displayName,
                            workers.memory()::toCompress,
                            (plan, session) -> {
                                List<Spectrum> found = spectrum(plan, base, tuned, session);
                                progress.advance(plan.tuned().byteSize(), plan.displayName());
                                return found;
                            });
            return spectra.stream().flatMap(List::stream).toList();
        }
    }

    private static List<TensorPlan> compressed(
            Checkpoint base, Checkpoint tuned, CompressRequest request) {
        Selector selector = new Selector(request.selection());
        return Pairing.of(base, tuned, request.allowRemoved()).pairs().stream()
                .filter(pair -> selector.treatment(pair) == Treatment.COMPRESS)
                .map(pair -> new TensorPlan(0, pair, Treatment.COMPRESS, 0))
                .toList();
    }

    /**
     * The largest, and of those that are as large as the last of them some from all over the model.
     */
    static List<TensorPlan> largest(List<TensorPlan> matrices) {
        if (matrices.size() <= MOST_MATRICES) {
            return matrices;
        }
        List<Long> sizes =
                matrices.stream()
                        .map(TensorPlan::matrixBytes16Bit)
                        .sorted(Comparator.reverseOrder())
                        .toList();
        long least = sizes.get(MOST_MATRICES - 1);
        long larger = sizes.stream().filter(size -> size > least).count();
        long equal = sizes.stream().filter(size -> size == least).count();
        Set<Long> places = spaced(equal, MOST_MATRICES - larger);
        List<TensorPlan> chosen = new ArrayList<>();
        long place = 0;
        for (TensorPlan matrix : matrices) {
            long size = matrix.matrixBytes16Bit();
            if (size > least || (size == least && places.contains(place))) {
                chosen.add(matrix);
            }
            place += size == least ? 1 : 0;
        }
        return chosen;
    }

    /** So many of that many places, evenly spaced, the first and the last among them. */
    private static Set<Long> spaced(long places, long wanted) {
        Set<Long> spaced = new HashSet<>();
        for (long number = 0; number < wanted; number++) {
            spaced.add(number * (places - 1) / Math.max(1, wanted - 1));
        }
        return spaced;
    }

    /** None where the delta holds NaN or infinity. */
    private static List<Spectrum> spectrum(
            TensorPlan plan, Checkpoint base, Checkpoint tuned, Session session)
            throws IOException {
        TensorInfo before = plan.pair().base();
        if (before == null) {
            throw new IllegalStateException("planned without a base: " + plan.tuned().name());
        }
        try (Arena arena = Arena.ofShared()) {
            MatrixView first = view(base, before, plan, arena);
            MatrixView second = view(tuned, plan.tuned(), plan, arena);
            try (Delta delta = session.subtract(second, first)) {
                MappedPages.release(first.data());
                MappedPages.release(second.data());
                return delta.nonFinite() > 0
                        ? List.of()
                        : List.of(
                                new Spectrum(
                                        plan.displayName(),
                                        plan.tuned().shape(),
                                        values(session, delta)));
            }
        }
    }

    private static MatrixView view(Checkpoint model, TensorInfo info, TensorPlan plan, Arena arena)
            throws IOException {
        return TensorDecoder.slice(
                model.map(info.name(), arena), info.dtype(), plan.rows(), plan.columns(), 0);
    }

    private static List<Float> values(Session session, Delta delta) {
        int rank = Math.min(MOST_VALUES, Math.min(delta.rows(), delta.columns()));
        try (Factors factors = session.factorise(delta, RankRule.of(rank))) {
            List<Float> values = new ArrayList<>();
            for (float value : factors.singularValues()) {
                values.add(value);
            }
            return values;
        }
    }
}
