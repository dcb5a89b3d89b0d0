package dev.deltapress.cuda.gpu;

import dev.deltapress.backend.Backend;
import dev.deltapress.parallel.Team;

/** Something that both backends do, named by its text. */
@FunctionalInterface
interface ParityCheck {

    /**
     * Lets both do it; an exception of theirs is a failure like any other.
     *
     * @param team threads for what is computed on the host
     */
    Findings compare(Backend cuda, Backend java, Team team);
}
