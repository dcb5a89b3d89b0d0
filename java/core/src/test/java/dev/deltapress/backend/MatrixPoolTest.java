package dev.deltapress.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deltapress.backend.MatrixPool.Pooled;

import org.junit.jupiter.api.Test;

class MatrixPoolTest {

    @Test
    void aMatrixThatCameBackIsUsedAgainForTheSameShape() {
        try (MatrixPool pool = new MatrixPool()) {
            Pooled first = pool.take(3, 5);
            Pooled second = pool.take(3, 5);
            assertThat(second).isNotSameAs(first);

            pool.give(first);

            assertThat(pool.take(3, 5)).isSameAs(first);
        }
    }

    @Test
    void whatLiesIdleIsFreedBeforeAnotherShapeIsMade() {
        try (MatrixPool pool = new MatrixPool()) {
            Pooled idle = pool.take(3, 5);
            Pooled used = pool.take(3, 5);
            pool.give(idle);

            pool.take(5, 3);

            assertThat(isFreed(idle)).isTrue();
            assertThat(isFreed(used)).isFalse();
        }
    }

    @Test
    void aClosedPoolFreesWhatIsIdleAndWhatComesBack() {
        MatrixPool pool = new MatrixPool();
        Pooled idle = pool.take(3, 5);
        Pooled used = pool.take(3, 5);
        pool.give(idle);

        pool.close();

        assertThat(isFreed(idle)).isTrue();
        assertThat(isFreed(used)).isFalse();
        pool.give(used);
        assertThat(isFreed(used)).isTrue();
    }

    private static boolean isFreed(Pooled pooled) {
        return !pooled.matrix().data().scope().isAlive();
    }
}
