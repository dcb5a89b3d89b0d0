package dev.deltapress.backend;

import dev.deltapress.parallel.Team;

/** Makes a backend that lives in another module; found by {@code ServiceLoader}. */
public interface BackendProvider {

    /** Whether the backend can run here, and why not. Cheap; never throws. */
    BackendStatus status();

    /**
     * Makes the backend.
     *
     * @param team threads of the caller, which the backend may share its loops with
     * @param deviceMemoryBytes bound on what is taken of each GPU, where there are any; 0 for most
     *     of what is free there
     * @throws dev.deltapress.BackendUnavailableException if it cannot run here
     */
    Backend create(Team team, long deviceMemoryBytes);
}
