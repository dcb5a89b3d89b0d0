package dev.deltapress.backend;

import dev.deltapress.linalg.Kernels;
import dev.deltapress.parallel.Team;

/** The backend that runs everywhere and is the oracle for the others. */
public final class JavaBackend implements Backend {
    private final HostBackend host;

    /** With the fastest kernels that this JVM can run. */
    public JavaBackend() {
        this(Team.alone());
    }

    /** The same, on the threads of a team. */
    public JavaBackend(Team team) {
        this(Kernels.best(team));
    }

    /** With these kernels, on the threads of their team. */
    public JavaBackend(Kernels kernels) {
        this.host = new HostBackend("java", kernels, new JavaLoops());
    }

    @Override
    public String name() {
        return host.name();
    }

    @Override
    public Session open() {
        return host.open();
    }

    @Override
    public long idleBytes() {
        return host.idleBytes();
    }

    @Override
    public void freeIdle() {
        host.freeIdle();
    }

    @Override
    public void close() {
        host.close();
    }
}
