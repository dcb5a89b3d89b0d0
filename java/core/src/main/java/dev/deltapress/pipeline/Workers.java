package dev.deltapress.pipeline;

import dev.deltapress.DeltaPressException;
import dev.deltapress.backend.Backend;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Function;

/**
 * Runs one task per tensor on several threads, each with its own session of the backend. Results
 * come in the order of the tensors; of several failures the first in that order is thrown,
 * whichever happened first, so that an error names the same tensor in every run.
 */
final class Workers {

    private Workers() {}

    /** Work on one tensor. */
    @FunctionalInterface
    interface Task<I, R> {
        R run(I input, Backend.Session session) throws IOException;
    }

    private record Failure(int index, Throwable cause) {}

    /**
     * @param name names an input in errors
     */
    static <I, R> List<R> map(
            Backend backend, int threads, List<I> inputs, Function<I, String> name, Task<I, R> task)
            throws IOException {
        AtomicReferenceArray<R> results = new AtomicReferenceArray<>(inputs.size());
        AtomicInteger next = new AtomicInteger();
        List<Future<@Nullable Failure>> loops = new ArrayList<>();
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            for (int worker = 0; worker < threads; worker++) {
                loops.add(pool.submit(() -> loop(backend, inputs, name, results, next, task)));
            }
        }
        Failure first = null;
        for (Future<@Nullable Failure> loop : loops) {
            Failure failure = loop.resultNow();
            if (failure != null && (first == null || failure.index < first.index)) {
                first = failure;
            }
        }
        if (first != null) {
            rethrow(first.cause);
        }
        List<R> ordered = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            ordered.add(results.get(i));
        }
        return ordered;
    }

    /** Takes inputs in order until none is left or somebody failed. */
    private static <I, R> @Nullable Failure loop(
            Backend backend,
            List<I> inputs,
            Function<I, String> name,
            AtomicReferenceArray<R> results,
            AtomicInteger next,
            Task<I, R> task) {
        int index = 0;
        try (Backend.Session session = backend.open()) {
            for (index = next.getAndIncrement();
                    index < inputs.size();
                    index = next.getAndIncrement()) {
                results.set(index, task.run(inputs.get(index), session));
            }
            return null;
        } catch (InternalError e) {
            // What the JVM throws where a file ends before its map does.
            next.set(inputs.size());
            return new Failure(
                    index,
                    new DeltaPressException(
                            "tensor '%s': its file was cut short while it was read"
                                    .formatted(name.apply(inputs.get(index))),
                            e));
        } catch (Throwable t) {
            // Inputs before this one are all taken and run to their ends; later ones need not
            // start.
            next.set(inputs.size());
            return new Failure(index, t);
        }
    }

    private static void rethrow(Throwable cause) throws IOException {
        switch (cause) {
            case IOException e -> throw e;
            case UncheckedIOException e -> throw e.getCause();
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new AssertionError("tasks throw nothing else", cause);
        }
    }
}
