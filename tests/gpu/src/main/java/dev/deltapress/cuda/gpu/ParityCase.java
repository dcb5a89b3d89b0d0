package dev.deltapress.cuda.gpu;

import dev.deltapress.backend.Backend;
import dev.deltapress.parallel.Team;
import dev.deltapress.tensor.DType;

import java.util.List;

/**
 * A matrix that both backends work on.
 *
 * @param rank components that are asked for
 */
record ParityCase(int rows, int columns, DType dtype, Spectrum spectrum, int rank)
        implements ParityCheck {

    /** Seconds on two cores and on stand-ins: every route, both orientations, every type. */
    static List<ParityCase> small() {
        return List.of(
                new ParityCase(40, 50, DType.F32, Spectrum.SPIKED, 8),
                new ParityCase(64, 64, DType.BF16, Spectrum.SPIKED, 64),
                new ParityCase(300, 260, DType.BF16, Spectrum.SPIKED, 12),
                new ParityCase(200, 700, DType.F16, Spectrum.SPIKED, 10),
                new ParityCase(701, 203, DType.F32, Spectrum.SPIKED, 100),
                new ParityCase(512, 384, DType.F32, Spectrum.SPIKED, 1),
                new ParityCase(96, 1500, DType.BF16, Spectrum.SPIKED, 30),
                new ParityCase(300, 400, DType.F32, Spectrum.BULK, 20),
                new ParityCase(200, 300, DType.F32, Spectrum.LOW_RANK, 20),
                new ParityCase(200, 300, DType.BF16, Spectrum.ZERO, 4),
                new ParityCase(150, 160, DType.F32, Spectrum.TINY, 5),
                new ParityCase(150, 160, DType.F32, Spectrum.HUGE, 5));
    }

    /** What a GPU and the cores beside it take a minute or two for. */
    static List<ParityCase> large() {
        return List.of(
                new ParityCase(1024, 1024, DType.BF16, Spectrum.SPIKED, 100),
                new ParityCase(1024, 1024, DType.F32, Spectrum.SPIKED, 1024),
                new ParityCase(1024, 1024, DType.F16, Spectrum.BULK, 200),
                new ParityCase(2048, 3072, DType.F32, Spectrum.LOW_RANK, 40),
                new ParityCase(4096, 4096, DType.BF16, Spectrum.SPIKED, 160),
                new ParityCase(4096, 4096, DType.BF16, Spectrum.SPIKED, 1024),
                new ParityCase(4096, 11008, DType.BF16, Spectrum.SPIKED, 300),
                new ParityCase(11008, 4096, DType.BF16, Spectrum.SPIKED, 300));
    }

    @Override
    public Findings compare(Backend cuda, Backend java, Team team) {
        try (Comparison comparison = new Comparison(this, cuda, java, team)) {
            return comparison.run();
        }
    }

    @Override
    public String toString() {
        return "%d x %d %s %s, %d components".formatted(rows, columns, dtype, spectrum, rank);
    }
}
