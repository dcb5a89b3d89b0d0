package dev.deltapress.pipeline;

import dev.deltapress.parallel.Team;

/**
 * Bounds the memory of the tensors in work at once: a task helps others until its need fits. Who
 * came first is served first, so that small tensors never keep a large one waiting for ever.
 */
final class MemoryBudget {
    private final Team team;
    private final long limit;
    private long free;

    /** Tickets say who came when. */
    private long nextTicket;

    private long served;

    /**
     * @param limit bytes
     */
    MemoryBudget(Team team, long limit) {
        this.team = team;
        this.limit = limit;
        this.free = limit;
    }

    /**
     * Waits for that many bytes; they come back when the result is closed. Who needs more than
     * there are at all takes everything, and so works alone.
     */
    Reservation reserve(long need) {
        long bytes = Math.min(need, limit);
        long ticket = takeTicket();
        team.helpUntil(() -> tryServe(ticket, bytes));
        // The next in line may fit as well.
        team.wake();
        return () -> release(bytes);
    }

    /** Bytes that nobody has now. */
    synchronized long free() {
        return free;
    }

    private synchronized long takeTicket() {
        return nextTicket++;
    }

    private synchronized boolean tryServe(long ticket, long bytes) {
        if (ticket != served || bytes > free) {
            return false;
        }
        served++;
        free -= bytes;
        return true;
    }

    private void release(long bytes) {
        synchronized (this) {
            free += bytes;
        }
        team.wake();
    }

    /** Bytes that are in use until closed. */
    @FunctionalInterface
    interface Reservation extends AutoCloseable {
        @Override
        void close();
    }
}
