package dev.deltapress.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deltapress.parallel.Team;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

@Timeout(60)
class MemoryBudgetTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void tasksAtOnceNeverTakeMoreThanTheLimit(int threads) {
        AtomicLong inUse = new AtomicLong();
        AtomicLong most = new AtomicLong();
        try (Team team = new Team(threads)) {
            MemoryBudget memory = new MemoryBudget(team, 100);
            team.tasks(
                    200,
                    i -> {
                        long need = 1 + 37L * i % 100;
                        try (var _ = memory.reserve(need)) {
                            long now = inUse.addAndGet(need);
                            most.accumulateAndGet(now, Math::max);
                            LockSupport.parkNanos(50_000);
                            inUse.addAndGet(-need);
                        }
                    });
        }
        assertThat(most.get()).isBetween(90L, 100L);
    }

    @Test
    void whoNeedsMoreThanThereIsWorksAlone() {
        AtomicInteger atWork = new AtomicInteger();
        List<Integer> others = Collections.synchronizedList(new ArrayList<>());
        try (Team team = new Team(3)) {
            MemoryBudget memory = new MemoryBudget(team, 100);
            team.tasks(
                    9,
                    i -> {
                        try (var _ = memory.reserve(i == 4 ? 1_000_000 : 10)) {
                            int others0 = atWork.getAndIncrement();
                            if (i == 4) {
                                others.add(others0);
                            }
                            LockSupport.parkNanos(50_000);
                            atWork.getAndDecrement();
                        }
                    });
        }
        assertThat(others).containsExactly(0);
    }

    /** Small ones that keep coming must not take what the large one waits for. */
    @Test
    void whoCameFirstIsServedFirst() throws InterruptedException {
        List<String> order = Collections.synchronizedList(new ArrayList<>());
        CountDownLatch smallAsks = new CountDownLatch(1);
        try (Team team = new Team(3)) {
            MemoryBudget memory = new MemoryBudget(team, 100);
            MemoryBudget.Reservation first = memory.reserve(60);
            Thread large =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        try (var _ = memory.reserve(80)) {
                                            order.add("large");
                                        }
                                    });
            awaitWaiting(large);
            Thread small =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        smallAsks.countDown();
                                        try (var _ = memory.reserve(30)) {
                                            order.add("small");
                                        }
                                    });
            smallAsks.await();
            awaitWaiting(small);
            assertThat(order).isEmpty();
            first.close();
            large.join();
            small.join();
        }
        assertThat(order).containsExactly("large", "small");
    }

    @Test
    void whoWaitsHelps() {
        CountDownLatch both = new CountDownLatch(2);
        try (Team team = new Team(2)) {
            MemoryBudget memory = new MemoryBudget(team, 10);
            team.tasks(
                    2,
                    i -> {
                        try (var _ = memory.reserve(10)) {
                            if (both.getCount() == 2) {
                                // Takes two threads, and the other one waits for memory.
                                team.forEach(2, j -> meet(both));
                            }
                        }
                    });
        }
        assertThat(both.getCount()).isZero();
    }

    private static void meet(CountDownLatch latch) {
        latch.countDown();
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void awaitWaiting(Thread thread) throws InterruptedException {
        while (thread.getState() != Thread.State.WAITING) {
            Thread.sleep(1);
        }
    }
}
