package dev.deltapress.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deltapress.DeltaPressException;
import dev.deltapress.backend.Backend;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.backend.DeltaOperator;
import dev.deltapress.backend.JavaBackend;
import dev.deltapress.backend.MatrixView;
import dev.deltapress.backend.PackedMatrix;
import dev.deltapress.backend.Weights;
import dev.deltapress.parallel.Team;
import dev.deltapress.pipeline.Workers.Task;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

@Timeout(60)
class WorkersTest {
    private static final List<Integer> INPUTS = IntStream.range(0, 60).boxed().toList();

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void resultsComeInTheOrderOfTheInputs(int threads) throws IOException {
        List<Integer> squares =
                map(
                        threads,
                        (i, session) -> {
                            LockSupport.parkNanos(50_000);
                            return i * i;
                        });

        assertThat(squares).isEqualTo(INPUTS.stream().map(i -> i * i).toList());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void theFirstInputThatFailsIsTheOneInTheError(int threads) {
        assertThatThrownBy(
                        () ->
                                map(
                                        threads,
                                        (i, session) -> {
                                            if (i >= 7) {
                                                throw new IOException("at " + i);
                                            }
                                            return i;
                                        }))
                .isExactlyInstanceOf(IOException.class)
                .hasMessage("at 7");
    }

    @Test
    void aFileCutUnderItsMapNamesTheTensor() {
        assertThatThrownBy(
                        () ->
                                map(
                                        2,
                                        (i, session) -> {
                                            throw new InternalError("a fault occurred");
                                        }))
                .isInstanceOf(DeltaPressException.class)
                .hasMessage("tensor 't0': its file was cut short while it was read");
    }

    @Test
    void aSessionServesOneTaskAtATimeAndIsClosedInTheEnd() throws IOException {
        Set<Session> busy = ConcurrentHashMap.newKeySet();
        CountingBackend backend = new CountingBackend();
        try (Team team = new Team(3)) {
            new Workers(team, backend, new MemoryLimit(1000, false))
                    .map(
                            INPUTS,
                            i -> "t" + i,
                            i -> 1,
                            (i, session) -> {
                                assertThat(busy.add(session)).isTrue();
                                LockSupport.parkNanos(50_000);
                                assertThat(busy.remove(session)).isTrue();
                                return i;
                            });
        }
        assertThat(backend.opened).hasSizeBetween(1, 3).isEqualTo(backend.closed);
    }

    @Test
    void moreThanTheUserAllowsIsRefusedBeforeAnyWork() {
        MemoryLimit limit = MemoryLimit.of(new Resources("java", 1, 480L << 20));
        assertThatThrownBy(
                        () ->
                                new Workers(Team.alone(), new JavaBackend(), limit)
                                        .map(
                                                INPUTS,
                                                i -> "t" + i,
                                                i -> i == 33 ? 100L << 20 : i << 20,
                                                (i, session) -> {
                                                    throw new AssertionError("work on " + i);
                                                }))
                .isInstanceOf(DeltaPressException.class)
                .hasMessage(
                        "--max-memory allows 480 MB, but work on tensor 't33' takes 501 MB in all");
    }

    private static List<Integer> map(int threads, Task<Integer, Integer> task) throws IOException {
        try (Team team = new Team(threads)) {
            return new Workers(team, new JavaBackend(), new MemoryLimit(4, false))
                    .map(INPUTS, i -> "t" + i, i -> 1 + i % 3, task);
        }
    }

    /** Sessions that can be told apart. */
    private static final class CountingBackend implements Backend {
        private final Set<Session> opened = identitySet();
        private final Set<Session> closed = identitySet();

        private static Set<Session> identitySet() {
            return Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));
        }

        @Override
        public String name() {
            return "counting";
        }

        @Override
        public Session open() {
            Session session =
                    (Session)
                            Proxy.newProxyInstance(
                                    Session.class.getClassLoader(),
                                    new Class<?>[] {Session.class},
                                    (proxy, method, arguments) ->
                                            switch (method.getName()) {
                                                case "close" -> closed.add((Session) proxy);
                                                case "hashCode" -> System.identityHashCode(proxy);
                                                case "equals" ->
                                                        proxy.hashCode() == arguments[0].hashCode();
                                                default -> throw new AssertionError(method);
                                            });
            opened.add(session);
            return session;
        }

        @Override
        public Weights weights(MatrixView base) {
            throw new AssertionError();
        }

        @Override
        public DeltaOperator operator(PackedMatrix packed) {
            throw new AssertionError();
        }
    }
}
