package dev.deltapress.bench;

import dev.deltapress.bench.TimingOptions.Timed;
import dev.deltapress.checkpoint.Checkpoint;
import dev.deltapress.checkpoint.Checkpoints;
import dev.deltapress.linalg.Kernels;
import dev.deltapress.linalg.Matrix;
import dev.deltapress.linalg.Svd;
import dev.deltapress.linalg.TruncatedSvd;
import dev.deltapress.parallel.Team;
import dev.deltapress.tensor.Shape;
import dev.deltapress.tensor.TensorInfo;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;

/** Times our truncated SVD of a matrix; {@code bench/peers/svd.py} times others on the same. */
@Command(
        name = "SvdTime",
        description = "Times the truncated SVD of the F32 tensor a of a safetensors file.",
        mixinStandardHelpOptions = true,
        showDefaultValues = true)
public final class SvdTime implements Callable<Integer> {

    @Parameters(paramLabel = "FILE", description = "as SyntheticPair --matrix writes it")
    private Path file = Path.of("a.safetensors");

    @Option(names = "--rank", defaultValue = "819")
    private int rank;

    @Option(
            names = "--excess",
            defaultValue = "0.01",
            description = "of the error norm over the best possible one")
    private double excess;

    @Mixin private final TimingOptions timing = new TimingOptions();

    public static void main(String[] args) {
        System.exit(new CommandLine(new SvdTime()).execute(args));
    }

    @Override
    public Integer call() throws IOException {
        try (Team team = new Team(timing.threads());
                Checkpoint checkpoint = Checkpoints.open(file);
                Arena arena = Arena.ofShared()) {
            Kernels kernels = Kernels.best(team);
            TruncatedSvd svd = new TruncatedSvd(kernels, excess);
            Matrix a = read(checkpoint, arena);
            Timed<Svd> timed = timing.time(() -> svd.compute(Arena.ofAuto(), a, rank));
            Svd factors = timed.result();
            timing.print(
                    "truncated svd %d of %d x %d, excess %s"
                            .formatted(rank, a.rows(), a.columns(), excess),
                    timed.seconds(),
                    Map.of(
                            "error_from_energies", factors.residual(),
                            "error", Reconstruction.relativeError(kernels, a, factors)));
        }
        return 0;
    }

    private static Matrix read(Checkpoint checkpoint, Arena arena) throws IOException {
        TensorInfo info =
                Objects.requireNonNull(
                        checkpoint.tensors().get(SyntheticMatrix.NAME), "no tensor named a");
        Shape shape = info.shape();
        Matrix a = Matrix.allocate(arena, (int) shape.dimension(0), (int) shape.dimension(1));
        try (Arena mapped = Arena.ofConfined()) {
            a.data().copyFrom(checkpoint.map(info.name(), mapped));
        }
        return a;
    }
}
