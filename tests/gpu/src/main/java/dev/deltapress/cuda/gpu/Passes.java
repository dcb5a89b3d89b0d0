package dev.deltapress.cuda.gpu;

import dev.deltapress.backend.Backend;
import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Factors;
import dev.deltapress.backend.Backend.Measured;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.backend.ErrorSums;
import dev.deltapress.backend.MatrixView;
import dev.deltapress.backend.PackedMatrix;
import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.linalg.RankRule;
import dev.deltapress.method.ImPart;
import dev.deltapress.parallel.Team;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.function.BiConsumer;

/** Passes over many matrices in host memory, a task for each as the pipeline has them. */
final class Passes implements AutoCloseable {
    private final Team team;
    private final double openSeconds;

    /** As many as threads; each serves one task at a time. */
    private final Deque<Session> idle = new ConcurrentLinkedDeque<>();

    /** Opens a session for each thread, which a command does once and a pass not again. */
    Passes(Backend backend, Team team) {
        this.team = team;
        long start = System.nanoTime();
        for (int i = 0; i < team.threads(); i++) {
            idle.push(backend.open());
        }
        this.openSeconds = (System.nanoTime() - start) / 1e9;
    }

    /** How long it took to open all sessions, one after the other. */
    double openSeconds() {
        return openSeconds;
    }

    /**
     * How long a pass took.
     *
     * @param seconds from the start of the first task to the end of the last
     */
    record Timed(double seconds, StageTimes stages) {}

    /**
     * What compressing gave.
     *
     * @param blocks one for each matrix
     * @param ranks components of each
     */
    record Compressed(
            Timed timed, List<MemorySegment> blocks, List<Integer> ranks, ErrorSums errors) {
        long bytes() {
            return blocks.stream().mapToLong(MemorySegment::byteSize).sum();
        }
    }

    private record Encoded(MemorySegment block, int rank, ErrorSums errors) {}

    /**
     * Compresses, decodes and measures every matrix.
     *
     * @param ratio 16-bit bytes over bytes of the blocks
     */
    Compressed compress(List<WeightPair> pairs, double ratio) {
        Encoded[] all = new Encoded[pairs.size()];
        StageTimes times = new StageTimes();
        Timed timed =
                run(
                        pairs.size(),
                        times,
                        (i, session) -> all[i] = compress(pairs.get(i), i, ratio, session, times));
        List<Encoded> encoded = Arrays.stream(all).map(Objects::requireNonNull).toList();
        return new Compressed(
                timed,
                encoded.stream().map(Encoded::block).toList(),
                encoded.stream().map(Encoded::rank).toList(),
                encoded.stream().map(Encoded::errors).reduce(ErrorSums.ZERO, ErrorSums::plus));
    }

    private static Encoded compress(
            WeightPair pair, int number, double ratio, Session session, StageTimes times) {
        MaskKey key = new MaskKey(0, number);
        long budget = (long) (pair.elements() * Short.BYTES / ratio);
        try (Delta delta = session.subtract(pair.tuned(), pair.base())) {
            MemorySegment block = encode(session, delta, key, budget, ratio, times);
            Measured measured =
                    times.time(
                            Stage.UNPACK_AND_MEASURE,
                            () -> {
                                try (Delta decoded = unpack(session, block, pair, key)) {
                                    return session.measure(
                                            delta, decoded, pair.tuned(), pair.base());
                                }
                            });
            int rank = FactorBlock.readHeader(block, pair.rows(), pair.columns(), "").rank();
            return new Encoded(block, rank, measured.errors());
        }
    }

    /** What the method does beside its calls of the session is thinning. */
    private static MemorySegment encode(
            Session session,
            Delta delta,
            MaskKey key,
            long budget,
            double ratio,
            StageTimes times) {
        StageTimes inside = new StageTimes();
        long start = System.nanoTime();
        MemorySegment block =
                ImPart.ratio(ratio)
                        .encode(
                                new TimedSession(session, inside),
                                List.of(delta),
                                List.of(key),
                                List.of(budget))
                        .getFirst();
        long all = System.nanoTime() - start;
        long factorise = inside.nanoseconds(Stage.FACTORISE);
        long pack = inside.nanoseconds(Stage.MASK_AND_PACK);
        times.add(Stage.FACTORISE, factorise);
        times.add(Stage.MASK_AND_PACK, pack);
        times.add(Stage.THIN_ON_HOST, all - factorise - pack);
        return block;
    }

    private static Delta unpack(
            Session session, MemorySegment block, WeightPair pair, MaskKey key) {
        return session.unpack(
                new PackedMatrix(block, pair.rows(), pair.columns(), key, pair.name()));
    }

    /**
     * Factorises every matrix.
     *
     * @return the singular values of each, too
     */
    Factorised factorise(List<WeightPair> pairs, int rank) {
        float[][] values = new float[pairs.size()][];
        StageTimes times = new StageTimes();
        Timed timed =
                run(
                        pairs.size(),
                        times,
                        (i, session) -> {
                            WeightPair pair = pairs.get(i);
                            try (Delta delta = session.subtract(pair.tuned(), pair.base());
                                    Factors factors = session.factorise(delta, RankRule.of(rank))) {
                                values[i] = factors.singularValues();
                            }
                        });
        return new Factorised(timed, List.of(values));
    }

    /** Singular values of every matrix. */
    record Factorised(Timed timed, List<float[]> values) {}

    /** Blocks as {@link #compress} made them, with what decodes them. */
    static List<PackedMatrix> packed(List<WeightPair> pairs, List<MemorySegment> blocks) {
        List<PackedMatrix> packed = new ArrayList<>();
        for (int i = 0; i < pairs.size(); i++) {
            WeightPair pair = pairs.get(i);
            packed.add(
                    new PackedMatrix(
                            blocks.get(i),
                            pair.rows(),
                            pair.columns(),
                            new MaskKey(0, i),
                            pair.name()));
        }
        return packed;
    }

    /** Restores every matrix from host memory into host memory. */
    Timed restore(List<WeightPair> pairs, List<MemorySegment> blocks) {
        List<PackedMatrix> packed = packed(pairs, blocks);
        try (Arena arena = Arena.ofShared()) {
            List<MatrixView> outputs = new ArrayList<>();
            for (WeightPair pair : pairs) {
                // Zeroed, so that the system has handed out its pages before time is taken.
                outputs.add(
                        WeightPair.empty(arena, pair.rows(), pair.columns(), pair.base().dtype()));
            }
            return run(
                    pairs.size(),
                    new StageTimes(),
                    (i, session) ->
                            session.restore(packed.get(i), 0, pairs.get(i).base(), outputs.get(i)));
        }
    }

    private Timed run(int count, StageTimes times, BiConsumer<Integer, Session> task) {
        long start = System.nanoTime();
        team.tasks(
                count,
                i -> {
                    Session session = idle.pop();
                    try {
                        task.accept(i, new TimedSession(session, times));
                    } finally {
                        idle.push(session);
                    }
                });
        return new Timed((System.nanoTime() - start) / 1e9, times);
    }

    @Override
    public void close() {
        idle.forEach(Session::close);
    }
}
