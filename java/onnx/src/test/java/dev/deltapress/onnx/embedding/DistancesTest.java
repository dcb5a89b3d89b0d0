package dev.deltapress.onnx.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class DistancesTest {

    @Test
    void equalOrthogonalAndOppositeVectorsAreAtZeroOneAndTwo() {
        float[][] a = {{3, 4}};

        assertThat(Distances.meanCosineDistance(a, a)).isEqualTo(0);
        assertThat(Distances.meanCosineDistance(a, new float[][] {{-4, 3}})).isEqualTo(1);
        assertThat(Distances.meanCosineDistance(a, new float[][] {{-6, -8}})).isEqualTo(2);
    }

    @Test
    void theDistanceIsTheMeanOverRows() {
        float[][] a = {{1, 0}, {1, 0}};
        float[][] b = {{1, 1}, {1, 0}};

        assertThat(Distances.meanCosineDistance(a, b))
                .isCloseTo((1 - Math.sqrt(0.5)) / 2, within(1e-12));
    }

    @Test
    void anEmbeddingThatIsNoNumberIsNotAveragedAway() {
        float[][] a = {{1, 0}, {1, 0}};
        float[][] b = {{1, 0}, {Float.NaN, 0}};

        assertThat(Distances.meanCosineDistance(a, b)).isNaN();
    }

    @Test
    void shapesThatDifferAreRefused() {
        assertThatThrownBy(() -> Distances.meanCosineDistance(new float[1][2], new float[2][2]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Distances.meanCosineDistance(new float[1][2], new float[1][3]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Distances.meanCosineDistance(new float[0][], new float[0][]))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
