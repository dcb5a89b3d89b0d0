package dev.deltapress.parallel;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;

/**
 * Threads that share loops: who has nothing else to do takes an index of whatever loop is open.
 *
 * <p>There are two kinds. {@link #tasks} are the outer loop, whole tensors, and may open loops and
 * wait. {@link #forEach} is an inner loop of short steps, a tile of a product. An idle thread takes
 * a task where one is left and else helps inside those of others, so that all threads are busy with
 * many tensors as well as with the last one.
 *
 * <p>What an index does must not depend on who runs it: then neither do results. Indices are taken
 * in increasing order. A team may be used by several threads at once.
 */
public final class Team implements AutoCloseable {

    private static final Team ALONE = new Team(1);

    private final int threads;
    private final List<Thread> helpers = new ArrayList<>();

    /** Open loops, oldest first; guarded by this, like all that follows. */
    private final List<Loop> tasks = new ArrayList<>();

    private final List<Loop> loops = new ArrayList<>();
    private boolean closed;

    /** A loop that some threads are in. Its fields are guarded by the team. */
    private static final class Loop {
        private final int count;
        private final IntConsumer body;
        private int next;
        private int running;
        private int failedIndex = Integer.MAX_VALUE;
        private @Nullable Throwable failure;

        Loop(int count, IntConsumer body) {
            this.count = count;
            this.body = body;
        }

        boolean isDone() {
            return next >= count && running == 0;
        }
    }

    /**
     * A team of that many threads, the caller's among them.
     *
     * @throws IllegalArgumentException for less than one
     */
    public Team(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("a team of " + threads + " threads");
        }
        this.threads = threads;
        for (int i = 1; i < threads; i++) {
            helpers.add(Thread.ofPlatform().daemon().name("deltapress-" + i).start(this::serve));
        }
    }

    /** The caller's thread alone. Closing it has no effect. */
    public static Team alone() {
        return ALONE;
    }

    public int threads() {
        return threads;
    }

    /**
     * Runs the body for 0 to count - 1; for short steps that neither wait nor open {@link #tasks}.
     * Returns when all are done. If some fail, the failure of the smallest index is thrown, and
     * indices that were not yet taken are left out.
     */
    public void forEach(int count, IntConsumer body) {
        if (threads == 1 || count <= 1) {
            for (int i = 0; i < count; i++) {
                body.accept(i);
            }
            return;
        }
        Loop loop = new Loop(count, body);
        begin(loops, loop);
        synchronized (this) {
            while (!loop.isDone()) {
                await();
            }
        }
        end(loops, loop);
    }

    /** The same for long steps, which may wait by {@link #helpUntil} and open loops. */
    public void tasks(int count, IntConsumer body) {
        Loop loop = new Loop(count, body);
        begin(tasks, loop);
        // Others may still be in long steps.
        helpUntil(loop::isDone);
        end(tasks, loop);
    }

    /**
     * Helps in inner loops until a condition holds; to be called by a task that must wait. The
     * condition is tested under the team's lock, again after each {@link #wake}.
     */
    public void helpUntil(BooleanSupplier condition) {
        while (true) {
            Loop loop;
            synchronized (this) {
                if (condition.getAsBoolean()) {
                    return;
                }
                loop = open(loops);
                if (loop == null) {
                    await();
                    continue;
                }
                loop.running++;
            }
            work(loop);
        }
    }

    /** Tells threads in {@link #helpUntil} to look at their conditions again. */
    public synchronized void wake() {
        notifyAll();
    }

    /** Ends the helpers; no loop may be open. May be called twice. */
    @Override
    public void close() {
        synchronized (this) {
            closed = threads > 1;
            notifyAll();
        }
        for (Thread helper : helpers) {
            boolean interrupted = false;
            while (helper.isAlive()) {
                try {
                    helper.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Opens a loop and takes part in it until no index is left. */
    private void begin(List<Loop> kind, Loop loop) {
        synchronized (this) {
            kind.add(loop);
            loop.running++;
            notifyAll();
        }
        work(loop);
    }

    private void end(List<Loop> kind, Loop loop) {
        synchronized (this) {
            kind.remove(loop);
        }
        if (loop.failure != null) {
            rethrow(loop.failure);
        }
    }

    /** What a helper does until the team is closed. */
    private void serve() {
        while (true) {
            Loop loop;
            synchronized (this) {
                loop = open(tasks);
                loop = loop == null ? open(loops) : loop;
                if (loop == null) {
                    if (closed) {
                        return;
                    }
                    await();
                    continue;
                }
                loop.running++;
            }
            work(loop);
        }
    }

    private static @Nullable Loop open(List<Loop> loops) {
        for (Loop loop : loops) {
            if (loop.next < loop.count) {
                return loop;
            }
        }
        return null;
    }

    /** Takes indices of a loop, in which the caller is counted as running, until none is left. */
    private void work(Loop loop) {
        for (int i = take(loop); i >= 0; i = take(loop)) {
            try {
                loop.body.accept(i);
            } catch (Throwable t) {
                fail(loop, i, t);
            }
        }
    }

    /** The next index, or -1 when the caller is no longer running. */
    private synchronized int take(Loop loop) {
        if (loop.next < loop.count) {
            return loop.next++;
        }
        loop.running--;
        if (loop.running == 0) {
            notifyAll();
        }
        return -1;
    }

    private synchronized void fail(Loop loop, int index, Throwable t) {
        loop.next = loop.count;
        if (index < loop.failedIndex) {
            loop.failedIndex = index;
            loop.failure = t;
        }
    }

    /** Waits for a change; an interrupt is kept for later. */
    private void await() {
        boolean interrupted = false;
        while (true) {
            try {
                wait();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static void rethrow(Throwable t) {
        switch (t) {
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new AssertionError("bodies throw nothing checked", t);
        }
    }
}
