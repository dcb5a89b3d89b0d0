package dev.deltapress.bench;

import dev.deltapress.linalg.Kernels;
import dev.deltapress.linalg.Matrix;
import dev.deltapress.linalg.Svd;
import dev.deltapress.linalg.TruncatedSvd;
import dev.deltapress.parallel.Team;

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
import java.util.concurrent.TimeUnit;

/** The truncated SVD of square synthetic deltas, n x n. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 5)
@Measurement(iterations = 5)
@SuppressWarnings("NullAway.Init") // JMH calls prepare first
public class SvdBenchmark {
    /** Errors by energies and by multiplying out agree to this; fp32 hides smaller ones. */
    private static final double TOLERANCE = 1e-4;

    @Param({"384", "1024", "2048"})
    int n;

    /** Components that are kept, in percent of n. */
    @Param({"10", "20"})
    int percent;

    @Param({"1", "2"})
    int threads;

    private final Arena arena = Arena.ofShared();
    private Team team;
    private TruncatedSvd svd;
    private Matrix a;

    @Setup
    public void prepare() {
        team = new Team(threads);
        Kernels kernels = Kernels.best(team);
        svd = new TruncatedSvd(kernels);
        a = RandomMatrix.delta(arena, n, n);
        Svd factors = svd.compute(arena, a, n * percent / 100);
        double error = Reconstruction.relativeError(kernels, a, factors);
        if (!(Math.abs(error - factors.residual()) < TOLERANCE)) {
            throw new IllegalStateException(
                    "error %s, by energies %s".formatted(error, factors.residual()));
        }
    }

    @Benchmark
    public double compute() {
        try (Arena results = Arena.ofShared()) {
            return svd.compute(results, a, n * percent / 100).residual();
        }
    }

    @TearDown
    public void close() {
        team.close();
        arena.close();
    }
}
