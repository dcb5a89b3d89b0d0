package dev.deltapress.bench;

import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.backend.ErrorSums;
import dev.deltapress.backend.JavaBackend;
import dev.deltapress.backend.MatrixView;
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

/** What is done to every element of a matrix of 4096 x 1024: four million of them. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@SuppressWarnings("NullAway.Init") // JMH calls prepare first
public class ElementBenchmark {
    private static final int ROWS = 4096;
    private static final int COLUMNS = 1024;

    @Param({"BF16", "F16", "F32"})
    DType dtype;

    @Param({"1", "2"})
    int threads;

    private final Arena arena = Arena.ofShared();

    private Team team;
    private Session session;
    private MatrixView base;
    private MatrixView tuned;
    private MatrixView restored;
    private Delta delta;

    @Setup
    public void prepare() {
        team = new Team(threads);
        session = new JavaBackend(team).open();
        base = view("base");
        tuned = view("tuned");
        restored = new MatrixView(arena.allocate(base.data().byteSize()), dtype, ROWS, COLUMNS);
        delta = session.subtract(tuned, base);
        session.add(base, delta, restored);
        check();
    }

    private MatrixView view(String name) {
        float[] values = new float[ROWS * COLUMNS];
        CounterGaussian.fill(CounterGaussian.key(0, name), 0, 0.02, values, values.length);
        MemorySegment data = arena.allocate((long) values.length * dtype.bits() / 8);
        for (int i = 0; i < values.length; i++) {
            Floats.set(data, dtype, i, values[i]);
        }
        return new MatrixView(data, dtype, ROWS, COLUMNS);
    }

    /** Holds base + (tuned - base) and the sums against one element at a time. */
    private void check() {
        MemorySegment rounded = arena.allocate(Float.BYTES);
        double energy = 0;
        for (long i = 0; i < base.elements().count(); i++) {
            float b = Floats.get(base.data(), dtype, i);
            float difference = Floats.get(tuned.data(), dtype, i) - b;
            energy += (double) difference * difference;
            Floats.set(rounded, dtype, 0, b + difference);
            require(
                    Floats.get(rounded, dtype, 0) == Floats.get(restored.data(), dtype, i),
                    "base + (tuned - base)");
        }
        ErrorSums sums = session.compare(delta, delta, tuned, restored);
        require(sums.error() == 0, "a delta differs from itself");
        require(Math.abs(sums.delta() / energy - 1) < 1e-12, "energy of a delta");
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalStateException("wrong result: " + what);
        }
    }

    @Benchmark
    public long subtract() {
        try (Delta difference = session.subtract(tuned, base)) {
            return difference.nonFinite();
        }
    }

    @Benchmark
    public long add() {
        return session.add(base, delta, restored);
    }

    @Benchmark
    public ErrorSums compare() {
        return session.compare(delta, delta, tuned, restored);
    }

    @TearDown
    public void close() {
        delta.close();
        session.close();
        team.close();
        arena.close();
    }
}
