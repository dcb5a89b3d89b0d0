package dev.deltapress.checkpoint;

import java.io.IOException;
import java.nio.file.Path;

/** A way of storing models. Implementations outside of core are found by {@code ServiceLoader}. */
public interface CheckpointFormat {

    /** Whether this format is the one to open that path with, judged by its name and kind. */
    boolean recognises(Path path);

    /**
     * Opens and validates a model.
     *
     * @throws dev.deltapress.MalformedFileException if a file breaks the rules of the format
     */
    Checkpoint open(Path path) throws IOException;
}
