package dev.deltapress.bench;

import dev.deltapress.linalg.Kernels;
import dev.deltapress.linalg.Matrix;
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

/** The fp32 product of square matrices, n x n, 2 n^3 operations. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 2)
@SuppressWarnings("NullAway.Init") // JMH calls prepare first
public class ProductBenchmark {

    @Param({"1024", "4096"})
    int n;

    /** Whether A and B are stored transposed: N or T each. */
    @Param({"NN", "NT", "TN", "TT"})
    String stored;

    @Param({"1", "2"})
    int threads;

    private final Arena arena = Arena.ofShared();
    private Product product;
    private Team team;

    private record Product(
            Kernels kernels, Matrix a, boolean transposeA, Matrix b, boolean transposeB, Matrix c) {
        void compute() {
            kernels.multiply(a, transposeA, b, transposeB, c);
        }
    }

    @Setup
    public void prepare() {
        team = new Team(threads);
        product =
                new Product(
                        Kernels.best(team),
                        RandomMatrix.gaussian(arena, n, n, "a"),
                        stored.charAt(0) == 'T',
                        RandomMatrix.gaussian(arena, n, n, "b"),
                        stored.charAt(1) == 'T',
                        Matrix.allocate(arena, n, n));
        product.compute();
        ProductCheck.requireSame(
                product.a, product.transposeA, product.b, product.transposeB, product.c);
    }

    @Benchmark
    public Object multiply() {
        product.compute();
        return product.c;
    }

    @TearDown
    public void close() {
        team.close();
        arena.close();
    }
}
