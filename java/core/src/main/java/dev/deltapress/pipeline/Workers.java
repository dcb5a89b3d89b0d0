package dev.deltapress.pipeline;

import dev.deltapress.BackendFailedException;
import dev.deltapress.DeltaPressException;
import dev.deltapress.backend.Backend;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.parallel.Team;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * Runs one task per tensor or group of them on a team, within a bound of memory. Threads without a
 * tensor help inside those of others. Results come in the order of the tensors; of several failures
 * the first in that order is thrown, whichever happened first, so that an error names the same
 * tensor in every run.
 */
final class Workers {
    private final Team team;
    private final Backend backend;
    private final MemoryLimit limit;

    Workers(Team team, Backend backend, MemoryLimit limit) {
        this.team = team;
        this.backend = backend;
        this.limit = limit;
    }

    /** What tensors take of the host's memory with this backend. */
    TensorMemory memory() {
        return TensorMemory.of(backend);
    }

    /** Work on one tensor. */
    @FunctionalInterface
    interface Task<I, R> {
        R run(I input, Session session) throws IOException;
    }

    /**
     * @throws DeltaPressException if one input alone needs more than the user allows
     */
    <I> void require(List<I> inputs, Function<I, String> name, ToLongFunction<I> need) {
        limit.require(inputs, name, need);
    }

    /**
     * @param name names an input in errors
     * @param need most bytes that the task takes while it runs
     * @throws DeltaPressException if one input alone needs more than the user allows
     */
    <I, R> List<R> map(
            List<I> inputs, Function<I, String> name, ToLongFunction<I> need, Task<I, R> task)
            throws IOException {
        require(inputs, name, need);
        return mapGroups(inputs, name, need, task);
    }

    /**
     * The same for groups of inputs each of which is within what the user allows. A group that is
     * not takes all there is and works alone, so that groups never depend on memory.
     */
    <I, R> List<R> mapGroups(
            List<I> inputs, Function<I, String> name, ToLongFunction<I> need, Task<I, R> task)
            throws IOException {
        MemoryBudget memory = new MemoryBudget(team, limit.tensorBytes());
        AtomicReferenceArray<R> results = new AtomicReferenceArray<>(inputs.size());
        try (Sessions sessions = new Sessions(backend)) {
            team.tasks(
                    inputs.size(),
                    i -> {
                        I input = inputs.get(i);
                        try (var _ = memory.reserve(need.applyAsLong(input))) {
                            // Nobody has reserved what earlier tensors left behind.
                            if (memory.free() < backend.idleBytes()) {
                                backend.freeIdle();
                            }
                            results.set(i, run(input, name, sessions, task));
                        }
                    });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        List<R> ordered = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            ordered.add(results.get(i));
        }
        return ordered;
    }

    private static <I, R> R run(
            I input, Function<I, String> name, Sessions sessions, Task<I, R> task) {
        Session session = sessions.take();
        try {
            return naming(name.apply(input), () -> task.run(input, session));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            sessions.giveBack(session);
        }
    }

    /** A step of the work on a tensor, or on several. */
    @FunctionalInterface
    interface Step<R extends @Nullable Object> {
        R run() throws IOException;
    }

    /**
     * Runs a step whose failures name what was worked on.
     *
     * @param name of a tensor, or of several with {@code ', '} between them
     */
    static <R extends @Nullable Object> R naming(String name, Step<R> step) throws IOException {
        try {
            return step.run();
        } catch (BackendFailedException e) {
            throw e.whileWorkingOn(name);
        } catch (InternalError e) {
            // What the JVM throws where a file ends before its map does.
            throw new DeltaPressException(
                    "tensor '%s': its file was cut short while it was read".formatted(name), e);
        }
    }
}
