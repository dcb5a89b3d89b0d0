package dev.deltapress.bench;

import dev.deltapress.backend.Backend;
import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Factors;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.backend.Backends;
import dev.deltapress.backend.MatrixView;
import dev.deltapress.linalg.Kernels;
import dev.deltapress.linalg.Matrix;
import dev.deltapress.linalg.RankRule;
import dev.deltapress.linalg.Svd;
import dev.deltapress.linalg.ThinQr;
import dev.deltapress.linalg.TruncatedSvd;
import dev.deltapress.parallel.Team;
import dev.deltapress.tensor.DType;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.lang.foreign.Arena;
import java.util.concurrent.Callable;
import java.util.function.IntToDoubleFunction;

/**
 * Holds the promise of the truncated SVD against the exact one, for spectra of many kinds: by how
 * much its error norm exceeds the best possible.
 */
@Command(
        name = "SvdAccuracy",
        description = "Prints the excess of the truncation error; exit code 1 beyond the promise.",
        mixinStandardHelpOptions = true,
        showDefaultValues = true)
public final class SvdAccuracy implements Callable<Integer> {

    private static final int[][] SHAPES = {{512, 512}, {512, 1400}, {900, 700}, {200, 1000}};

    private static final double[] PARTS = {0.01, 0.02, 0.05, 0.1, 0.2};

    /**
     * Part of the energy below which it does not follow from fp32 singular values what is missing.
     */
    private static final double LEAST_MISSING = 1e-4;

    /** Part of the largest value below which fp32 factors leave no error to compare. */
    private static final double RESOLUTION = 1e-4;

    @Option(names = "--excess", defaultValue = "0.01", description = "what is promised")
    private double excess;

    @Option(
            names = "--backend",
            defaultValue = "java",
            description = "whose SVD; of others only energies can be compared")
    private String backend;

    @Mixin private final TimingOptions options = new TimingOptions();

    /**
     * Singular values that a matrix is made of.
     *
     * @param value of component i, where the largest of a Gaussian matrix is about 1
     * @param bulk whether Gaussian numbers come on top
     */
    private record Spectrum(String name, boolean bulk, IntToDoubleFunction value) {}

    private static Spectrum[] spectra(int side) {
        return new Spectrum[] {
            new Spectrum("gaussian", true, i -> 0),
            new Spectrum("spikes", true, i -> i < side / 3 ? 2 * Math.pow(i + 1, -0.7) : 0),
            new Spectrum("high spikes", true, i -> i < side / 20 ? 100 * Math.pow(i + 1, -0.7) : 0),
            new Spectrum("giant", true, i -> i == 0 ? 1e4 : 0),
            new Spectrum("i^-1", false, i -> 1.0 / (i + 1)),
            new Spectrum("i^-0.3", false, i -> Math.pow(i + 1, -0.3)),
            new Spectrum("exponential", false, i -> Math.exp(-6.0 * i / side)),
            new Spectrum("steep", false, i -> Math.exp(-40.0 * i / side)),
            new Spectrum("step", false, i -> i < side / 8 ? 2 : 1),
            new Spectrum("flat", false, i -> 1)
        };
    }

    public static void main(String[] args) {
        System.exit(new CommandLine(new SvdAccuracy()).execute(args));
    }

    @Override
    public Integer call() {
        double worst = 0;
        try (Team team = new Team(options.threads())) {
            Kernels kernels = Kernels.best(team);
            for (int[] shape : SHAPES) {
                for (Spectrum spectrum : spectra(Math.min(shape[0], shape[1]))) {
                    worst = Math.max(worst, excess(kernels, shape[0], shape[1], spectrum));
                }
            }
        }
        System.out.printf("worst excess %.2f%%, promised %.2f%%%n", 100 * worst, 100 * excess);
        return worst <= excess ? 0 : 1;
    }

    /** The largest excess over ranks, printed for each. */
    private double excess(Kernels kernels, int rows, int columns, Spectrum spectrum) {
        int side = Math.min(rows, columns);
        StringBuilder line = new StringBuilder();
        double worst = 0;
        try (Arena arena = Arena.ofShared()) {
            Matrix a = matrix(arena, kernels, rows, columns, spectrum);
            float[] s = new TruncatedSvd(kernels).compute(arena, a, side).s();
            double energy = missing(s, 0);
            for (double part : PARTS) {
                int rank = (int) (side * part);
                double best = missing(s, rank);
                if (Math.sqrt(best) < RESOLUTION * s[0]) {
                    continue;
                }
                double error = error(arena, kernels, a, rank, best / energy, energy);
                double found = error / Math.sqrt(best / energy) - 1;
                line.append("  %d: %.2f%%".formatted(rank, 100 * found));
                // Less than the best possible is wrong too: directions were counted twice.
                worst = Math.max(worst, Math.abs(found));
            }
        }
        System.out.printf("%d x %d, %s%s%n", rows, columns, spectrum.name(), line);
        return worst;
    }

    /** The relative error of that many components. */
    private double error(
            Arena arena, Kernels kernels, Matrix a, int rank, double best, double energy) {
        if (backend.equals("java")) {
            Svd svd = new TruncatedSvd(kernels, excess).compute(arena, a, rank);
            return Reconstruction.relativeError(kernels, a, svd);
        }
        if (best < LEAST_MISSING) {
            return Math.sqrt(best);
        }
        MatrixView tuned = new MatrixView(a.data(), DType.F32, a.rows(), a.columns());
        Matrix nothing = Matrix.allocate(arena, a.rows(), a.columns());
        MatrixView base = new MatrixView(nothing.data(), DType.F32, a.rows(), a.columns());
        try (Backend other = Backends.create(backend, Team.alone(), 0, note -> {});
                Session session = other.open();
                Delta delta = session.subtract(tuned, base);
                Factors factors = session.factorise(delta, RankRule.of(rank))) {
            double captured = missing(factors.singularValues(), 0);
            return Math.sqrt(Math.max(0, 1 - captured / energy));
        }
    }

    private static double missing(float[] s, int rank) {
        double sum = 0;
        for (int c = rank; c < s.length; c++) {
            sum += (double) s[c] * s[c];
        }
        return sum;
    }

    private static Matrix matrix(
            Arena arena, Kernels kernels, int rows, int columns, Spectrum spectrum) {
        int side = Math.min(rows, columns);
        double edge = spectrum.bulk() ? Math.sqrt(rows) + Math.sqrt(columns) : 1;
        Matrix u = RandomMatrix.gaussian(arena, side, rows, "u");
        Matrix v = RandomMatrix.gaussian(arena, side, columns, "v");
        ThinQr qr = new ThinQr(kernels);
        qr.orthonormalise(u);
        qr.orthonormalise(v);
        for (int i = 0; i < side; i++) {
            double s = edge * spectrum.value().applyAsDouble(i);
            for (int j = 0; j < rows; j++) {
                u.set(i, j, (float) (s * u.get(i, j)));
            }
        }
        Matrix a = Matrix.allocate(arena, rows, columns);
        kernels.multiply(u, true, v, false, a);
        if (spectrum.bulk()) {
            Matrix bulk = RandomMatrix.gaussian(arena, rows, columns, "bulk");
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < columns; j++) {
                    a.set(i, j, a.get(i, j) + bulk.get(i, j));
                }
            }
        }
        return a;
    }
}
