package dev.deltapress.backend;

/** Makes a backend that lives in another module; found by {@code ServiceLoader}. */
public interface BackendProvider {

    /** Whether the backend can run here, and why not. Cheap; never throws. */
    BackendStatus status();

    /**
     * Makes the backend.
     *
     * @throws dev.deltapress.BackendUnavailableException if it cannot run here
     */
    Backend create();
}
