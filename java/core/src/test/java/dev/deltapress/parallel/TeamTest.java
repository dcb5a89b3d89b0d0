package dev.deltapress.parallel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;

@Timeout(60)
class TeamTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 8})
    void everyIndexOfNestedLoopsRunsOnce(int threads) {
        AtomicIntegerArray runs = new AtomicIntegerArray(7 * 100);
        try (Team team = new Team(threads)) {
            team.tasks(7, t -> team.forEach(100, i -> runs.incrementAndGet(100 * t + i)));
        }
        for (int i = 0; i < runs.length(); i++) {
            assertThat(runs.get(i)).as("index %d", i).isEqualTo(1);
        }
    }

    @RepeatedTest(200) // whichever thread takes the task
    void anIdleThreadHelpsInTheLastTask() {
        Set<Thread> seen = ConcurrentHashMap.newKeySet();
        CountDownLatch both = new CountDownLatch(2);
        try (Team team = new Team(2)) {
            team.tasks(
                    1,
                    t ->
                            team.forEach(
                                    2,
                                    i -> {
                                        seen.add(Thread.currentThread());
                                        both.countDown();
                                        awaitQuietly(both);
                                    }));
        }
        assertThat(seen).hasSize(2);
    }

    @Test
    void aWaitingTaskHelpsTheOneThatItWaitsFor() {
        AtomicBoolean released = new AtomicBoolean();
        CountDownLatch both = new CountDownLatch(2);
        try (Team team = new Team(2)) {
            team.tasks(
                    2,
                    t -> {
                        if (t == 1) {
                            team.helpUntil(released::get);
                            return;
                        }
                        // Needs two threads inside, and the other one is in task 1.
                        team.forEach(
                                2,
                                i -> {
                                    both.countDown();
                                    awaitQuietly(both);
                                });
                        released.set(true);
                        team.wake();
                    });
        }
        assertThat(released).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void theFailureOfTheSmallestIndexIsThrown(int threads) {
        try (Team team = new Team(threads)) {
            assertThatThrownBy(
                            () ->
                                    team.tasks(
                                            50,
                                            i -> {
                                                if (i >= 20) {
                                                    throw new IllegalStateException("at " + i);
                                                }
                                            }))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("at 20");
            team.forEach(3, i -> {}); // still in order
        }
    }

    @Test
    void aTeamMayBeClosedTwiceAndTheOneOfTheCallerAloneNever() {
        Team team = new Team(3);
        team.close();
        team.close();
        Team.alone().close();
        AtomicIntegerArray runs = new AtomicIntegerArray(1);
        Team.alone().tasks(1, i -> runs.incrementAndGet(i));
        assertThat(runs.get(0)).isEqualTo(1);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
