package dev.deltapress.bench;

import dev.deltapress.backend.Backend;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.backend.Backends;
import dev.deltapress.backend.DeltaOperator;
import dev.deltapress.backend.MatrixView;
import dev.deltapress.backend.PackedMatrix;
import dev.deltapress.backend.Weights;
import dev.deltapress.delta.FactorBlock;
import dev.deltapress.method.ImPart;
import dev.deltapress.parallel.Team;
import dev.deltapress.tensor.DType;

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

/** A packed delta of 4096 x 4096 times vectors, beside the dense matrix that it stands for. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@SuppressWarnings("NullAway.Init") // JMH calls prepare first
public class ApplyBenchmark {
    private static final int SIDE = 4096;

    @Param({"8", "32", "128"})
    double ratio;

    @Param({"1", "16"})
    int batch;

    @Param({"BF16", "F32"})
    DType dtype;

    @Param({"java", "native"})
    String backend;

    @Param("2")
    int threads;

    private final Arena arena = Arena.ofShared();

    private Team team;
    private Backend opened;
    private Weights weights;
    private DeltaOperator delta;
    private DeltaOperator nothing;
    private MemorySegment x;
    private MemorySegment y;

    @Setup
    public void prepare() {
        team = new Team(threads);
        opened = Backends.create(backend, team, 0, _ -> {});
        MatrixView base = Layers.base(arena, dtype, SIDE, SIDE);
        weights = opened.weights(base);
        try (Session session = opened.open()) {
            PackedMatrix packed = Layers.packed(arena, session, base, ImPart.ratio(ratio));
            delta = opened.operator(packed);
            nothing = opened.operator(zero(packed));
        }
        long bytes = (long) batch * SIDE * Float.BYTES;
        x = arena.allocate(bytes, 64);
        y = arena.allocate(bytes, 64);
        x.fill((byte) 0x3C);
    }

    private PackedMatrix zero(PackedMatrix like) {
        FactorBlock block = new FactorBlock(SIDE, SIDE, 1, new float[0], new long[0]);
        MemorySegment bytes = arena.allocate(FactorBlock.headerBytes(0));
        block.writeHeader(bytes);
        return new PackedMatrix(bytes, SIDE, SIDE, like.key(), like.where());
    }

    /** D x alone. */
    @Benchmark
    public void delta() {
        delta.apply(null, x, batch, y);
    }

    /** W x alone, which takes as long as any dense matrix of its size and type. */
    @Benchmark
    public void dense() {
        nothing.apply(weights, x, batch, y);
    }

    /** Both. */
    @Benchmark
    public void tuned() {
        delta.apply(weights, x, batch, y);
    }

    @TearDown
    public void close() {
        delta.close();
        nothing.close();
        weights.close();
        opened.close();
        team.close();
        arena.close();
    }
}
