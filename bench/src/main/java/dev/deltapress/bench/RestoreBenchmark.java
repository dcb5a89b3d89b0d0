package dev.deltapress.bench;

import dev.deltapress.backend.Backend;
import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.backend.Backends;
import dev.deltapress.backend.MatrixView;
import dev.deltapress.backend.PackedMatrix;
import dev.deltapress.method.ImPart;
import dev.deltapress.parallel.Team;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Floats;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;

/**
 * Restoring a matrix from its packed delta in memory, beside a copy of as many bytes as the result
 * has.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@SuppressWarnings("NullAway.Init") // JMH calls prepare first
public class RestoreBenchmark {
    /** Bytes that a thread copies at once. */
    private static final long PIECE = 1 << 20;

    @Param({"4096x4096", "1536x384", "384x384"})
    String shape;

    @Param({"BF16", "F32"})
    DType dtype;

    @Param("32")
    double ratio;

    @Param({"java", "native"})
    String backend;

    @Param("2")
    int threads;

    private final Arena arena = Arena.ofShared();

    private Team team;
    private Backend opened;
    private Session session;
    private PackedMatrix packed;
    private MatrixView base;
    private MatrixView restored;

    @Setup
    public void prepare() {
        team = new Team(threads);
        opened = Backends.create(backend, team, 0, _ -> {});
        session = opened.open();
        int rows = Integer.parseInt(shape.substring(0, shape.indexOf('x')));
        int columns = Integer.parseInt(shape.substring(shape.indexOf('x') + 1));
        base = Layers.base(arena, dtype, rows, columns);
        restored = new MatrixView(arena.allocate(base.data().byteSize()), dtype, rows, columns);
        packed = Layers.packed(arena, session, base, ImPart.ratio(ratio));
        check();
    }

    /** Holds the result against the sum of base and decoded delta. */
    private void check() {
        restore();
        MemorySegment expected = arena.allocate(base.data().byteSize());
        try (Delta delta = session.unpack(packed)) {
            session.add(base, delta, new MatrixView(expected, dtype, base.rows(), base.columns()));
        }
        for (long i = 0; i < base.elements().count(); i++) {
            float want = Floats.get(expected, dtype, i);
            float found = Floats.get(restored.data(), dtype, i);
            // Products of other libraries add in another order.
            if (Math.abs(want - found) > 0x1p-7 * Math.abs(want) + 1e-7) {
                throw new IllegalStateException(
                        "wrong result: %s instead of %s at %d".formatted(found, want, i));
            }
        }
    }

    @Benchmark
    public long restore() {
        return session.restore(packed, 0, base, restored);
    }

    @Benchmark
    public void copy() {
        MemorySegment from = base.data();
        team.forEach(
                (int) Math.ceilDiv(from.byteSize(), PIECE),
                i -> {
                    long at = i * PIECE;
                    long length = Math.min(PIECE, from.byteSize() - at);
                    MemorySegment.copy(from, at, restored.data(), at, length);
                });
    }

    @TearDown
    public void close() {
        session.close();
        opened.close();
        team.close();
        arena.close();
    }
}
