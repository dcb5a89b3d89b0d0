package dev.deltapress.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deltapress.backend.Backend.Session;
import dev.deltapress.linalg.Kernels;
import dev.deltapress.parallel.Team;
import dev.deltapress.tensor.DType;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.MemorySegment;

class ServingTest {

    @ParameterizedTest(name = "{0} x {1} {2}, rank {3}, {4} kept")
    @CsvSource({
        "64, 64, F32, 7, 0.6",
        "131, 401, BF16, 33, 0.9",
        "65, 1100, F16, 20, 0.05",
        "200, 70, BF16, 1, 1",
        "70, 200, F32, 0, 1"
    })
    void everyBackendRestoresTheSameBitsAndAppliesWhatItRestores(
            int rows, int columns, DType dtype, int rank, double keep) {
        try (Team team = new Team(3);
                ServedMatrix matrix = new ServedMatrix(dtype, rows, columns, rank, keep)) {
            for (Backend backend :
                    new Backend[] {
                        new JavaBackend(Kernels.scalar()), new JavaBackend(), new JavaBackend(team)
                    }) {
                try (backend;
                        Session session = backend.open()) {
                    for (DType to : new DType[] {DType.F32, DType.F16, DType.BF16}) {
                        matrix.checkRestore(session, to);
                    }
                    for (int batch : new int[] {1, 2, 16, 19}) {
                        matrix.checkApply(backend, batch, true);
                        matrix.checkApply(backend, batch, false);
                    }
                    matrix.checkDamage(session, backend);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0})
    void vectorsThatDoNotFitAreRefusedWithTheirSizes(int batch) {
        try (Backend backend = new JavaBackend();
                ServedMatrix matrix = new ServedMatrix(DType.F32, 64, 70, 3, 1);
                DeltaOperator operator = backend.operator(matrix.packed())) {
            MemorySegment x = MemorySegment.ofArray(new float[70]);
            MemorySegment y = MemorySegment.ofArray(new float[64]);

            assertThatThrownBy(() -> operator.apply(null, x, batch, y))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(batch + " vectors in 280 bytes and results in 256");
            assertThatThrownBy(() -> operator.apply(null, y, 1, x))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("64 x 70");
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.05, 0.9})
    void anOperatorKeepsLessThanTheMatrixThatItStandsFor(double keep) {
        try (Backend backend = new JavaBackend();
                ServedMatrix matrix = new ServedMatrix(DType.F32, 512, 512, 16, keep);
                DeltaOperator operator = backend.operator(matrix.packed())) {
            assertThat(operator.byteSize()).isBetween(1L, 512L * 512 * Float.BYTES / 8);
        }
    }
}
