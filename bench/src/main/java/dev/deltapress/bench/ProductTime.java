package dev.deltapress.bench;

import dev.deltapress.linalg.Kernels;
import dev.deltapress.linalg.Matrix;
import dev.deltapress.parallel.Team;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.lang.foreign.Arena;
import java.util.Map;
import java.util.concurrent.Callable;

/** Times our fp32 product of square matrices; {@code bench/peers/products.py} times others. */
@Command(
        name = "ProductTime",
        description = "Times the fp32 product of two square matrices.",
        mixinStandardHelpOptions = true,
        showDefaultValues = true)
public final class ProductTime implements Callable<Integer> {

    @Option(names = "--size", defaultValue = "4096")
    private int size;

    @Mixin private final TimingOptions timing = new TimingOptions();

    public static void main(String[] args) {
        System.exit(new CommandLine(new ProductTime()).execute(args));
    }

    @Override
    public Integer call() {
        try (Team team = new Team(timing.threads());
                Arena arena = Arena.ofShared()) {
            Kernels kernels = Kernels.best(team);
            Matrix a = RandomMatrix.gaussian(arena, size, size, "a");
            Matrix b = RandomMatrix.gaussian(arena, size, size, "b");
            Matrix c = Matrix.allocate(arena, size, size);
            double seconds = timing.time(() -> multiply(kernels, a, b, c)).seconds();
            double gflops = 2.0 * size * size * size / seconds / 1e9;
            timing.print(
                    "product %d^3".formatted(size),
                    seconds,
                    Map.of("gflops", gflops, "kernel", kernels.toString()));
        }
        return 0;
    }

    private static Matrix multiply(Kernels kernels, Matrix a, Matrix b, Matrix c) {
        kernels.multiply(a, false, b, false, c);
        return c;
    }
}
