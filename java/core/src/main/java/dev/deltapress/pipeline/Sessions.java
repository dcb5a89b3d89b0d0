package dev.deltapress.pipeline;

import dev.deltapress.backend.Backend;
import dev.deltapress.backend.Backend.Session;

import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;

/** As many sessions as tasks run at once; each serves one task at a time. */
record Sessions(Backend backend, Deque<Session> idle) implements AutoCloseable {
    Sessions(Backend backend) {
        this(backend, new ConcurrentLinkedDeque<>());
    }

    Session take() {
        Session session = idle.poll();
        return session == null ? backend.open() : session;
    }

    void giveBack(Session session) {
        idle.push(session);
    }

    /** All must have been given back. */
    @Override
    public void close() {
        idle.forEach(Session::close);
    }
}
