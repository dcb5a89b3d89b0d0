package dev.deltapress.tests;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.deltapress.backend.Backend;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.backend.BackendStatus;
import dev.deltapress.backend.Backends;
import dev.deltapress.backend.ServedMatrix;
import dev.deltapress.parallel.Team;
import dev.deltapress.tensor.DType;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The native backend restores the bits of the Java backend and applies what it restores. */
class NativeServingTest {

    @BeforeAll
    static void theLibraryIsThere() {
        BackendStatus status =
                Backends.survey().stream()
                        .filter(found -> found.name().equals("native"))
                        .findFirst()
                        .orElseThrow();
        assumeTrue(status.available(), status::detail);
    }

    @ParameterizedTest(name = "{0} x {1} {2}, rank {3}, {4} kept")
    @CsvSource({
        "64, 64, F32, 7, 0.6",
        "131, 401, BF16, 33, 0.9",
        "65, 1100, F16, 20, 0.05",
        "200, 70, BF16, 1, 1",
        "70, 200, F32, 0, 1"
    })
    void restoresTheBitsOfTheJavaBackendAndAppliesWhatItRestores(
            int rows, int columns, DType dtype, int rank, double keep) {
        try (Team team = new Team(3);
                ServedMatrix matrix = new ServedMatrix(dtype, rows, columns, rank, keep);
                Backend backend = Backends.create("native", team, 0, _ -> {});
                Session session = backend.open()) {
            for (DType to : new DType[] {DType.F32, DType.F16, DType.BF16}) {
                matrix.checkRestore(session, to);
            }
            for (int batch : new int[] {1, 16}) {
                matrix.checkApply(backend, batch, true);
                matrix.checkApply(backend, batch, false);
            }
            matrix.checkDamage(session, backend);
        }
    }
}
