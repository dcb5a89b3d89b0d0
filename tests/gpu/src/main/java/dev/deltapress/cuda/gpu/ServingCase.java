package dev.deltapress.cuda.gpu;

import dev.deltapress.backend.Backend;
import dev.deltapress.parallel.Team;
import dev.deltapress.tensor.DType;

import java.util.List;

/**
 * A matrix that both backends restore and apply.
 *
 * @param dtype of the base
 * @param rank components of the delta
 * @param keep share of the entries of its factors that survive
 */
record ServingCase(int rows, int columns, DType dtype, int rank, double keep)
        implements ParityCheck {

    /** Both orientations, every type, each way of multiplying; rows and columns left over. */
    static List<ServingCase> small() {
        return List.of(
                new ServingCase(64, 64, DType.F32, 7, 0.6),
                new ServingCase(131, 401, DType.BF16, 33, 1),
                new ServingCase(200, 70, DType.F16, 1, 1),
                new ServingCase(300, 260, DType.BF16, 20, 0.6),
                new ServingCase(65, 1100, DType.BF16, 40, 0.05),
                new ServingCase(1100, 96, DType.F16, 60, 0.05));
    }

    /** Shapes of a large model. */
    static List<ServingCase> large() {
        return List.of(
                new ServingCase(2048, 1536, DType.F32, 300, 0.6),
                new ServingCase(4096, 4096, DType.BF16, 1200, 0.05),
                new ServingCase(4096, 11008, DType.BF16, 300, 0.6),
                new ServingCase(11008, 4096, DType.F16, 160, 1));
    }

    @Override
    public Findings compare(Backend cuda, Backend java, Team team) {
        try (ServingComparison comparison = new ServingComparison(this, cuda, java)) {
            return comparison.run();
        }
    }

    @Override
    public String toString() {
        return "%d x %d %s restored and applied, %d components, %s kept"
                .formatted(rows, columns, dtype, rank, keep);
    }
}
