package dev.deltapress.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.io.InputStream;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

class SparsityRatiosTest {

    /** Ratios of the published implementation, in float64. */
    @TestFactory
    Stream<DynamicTest> matchesThePublishedImplementation() throws IOException {
        try (InputStream file =
                SparsityRatiosTest.class.getResourceAsStream(
                        "/golden/impart_sparsity_ratios.json")) {
            JsonNode cases = new JsonMapper().readTree(file).get("cases");
            assertThat(cases.size()).isEqualTo(20);
            return cases
                    .valueStream()
                    .map(c -> DynamicTest.dynamicTest(title(c), () -> matches(c)))
                    .toList()
                    .stream();
        }
    }

    private static String title(JsonNode golden) {
        return "%s, %d values, alpha %s, beta %s, C %s"
                .formatted(
                        golden.get("kind").asString(),
                        golden.get("singular_values").size(),
                        golden.get("target_sparsity"),
                        golden.get("preprune_ratio"),
                        golden.get("exponent"));
    }

    private static void matches(JsonNode golden) {
        double[] values = doubles(golden.get("singular_values"));
        double[] expected = doubles(golden.get("sparsity"));
        SparsityRatios ratios =
                SparsityRatios.of(
                        values.length,
                        golden.get("target_sparsity").asDouble(),
                        golden.get("preprune_ratio").asDouble(),
                        golden.get("exponent").asDouble());

        assertThat(ratios.list(values)).containsExactly(expected, within(1e-9));
    }

    private static double[] doubles(JsonNode numbers) {
        return numbers.valueStream().mapToDouble(JsonNode::asDouble).toArray();
    }

    /** Square: alpha = (1 + (1 - 1/R)) / 2, as the paper has it. */
    @Test
    void aSquareMatrixHasThePapersBudget() {
        SparsityRatios ratios = SparsityRatios.of(4096, 4096, ImPart.ratio(32));

        double alpha = (1 + (1 - 1.0 / 32)) / 2;
        assertThat(ratios.gamma()).isCloseTo((alpha - 0.6) / 0.4, within(1e-12));
        assertThat(ratios.components()).isEqualTo(1638);
    }

    /** Llama-2-7B's MLP: the paper rounds 2 max / (m + n) = 1.4576 to 1.45. */
    @Test
    void aRectangularMatrixIsScaledByItsOwnShape() {
        SparsityRatios ratios = SparsityRatios.of(11008, 4096, ImPart.ratio(32));

        double factor = 2 * 11008.0 / (11008 + 4096);
        assertThat(ratios.components()).isEqualTo((int) Math.floor(4096 * 0.4 * factor));
        double kept = 11008.0 / ((11008 + 4096) * 32);
        double beta = 1 - 0.4 * factor;
        assertThat(ratios.gamma()).isCloseTo((1 - kept - beta) / (1 - beta), within(1e-12));
    }

    @Test
    void wideAndTallMatricesOfOneShapeHaveOneBudget() {
        assertThat(SparsityRatios.of(1024, 4096, ImPart.ratio(16)))
                .isEqualTo(SparsityRatios.of(4096, 1024, ImPart.ratio(16)));
    }

    @Test
    void whereTheBudgetExceedsWhatPrePruningLeavesNothingIsDropped() {
        SparsityRatios ratios = SparsityRatios.of(512, 512, ImPart.ratio(1));

        assertThat(ratios.gamma()).isZero();
        assertThat(ratios.unshifted(DoubleStream.of(3, 2, 1).toArray())).containsOnly(0);
    }
}
