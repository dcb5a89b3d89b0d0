package dev.deltapress.backend;

import dev.deltapress.linalg.Kernels;
import dev.deltapress.parallel.Team;

/** The backend that runs everywhere and is the oracle for the others. */
public final class JavaBackend extends HostBackend {

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
        super("java", kernels, new JavaLoops());
    }
}
