package dev.deltapress.pipeline;

/** Told how far the work is. Called by several threads, one at a time. */
public interface Progress {

    /** Tells nobody. */
    Progress NONE = new Progress() {};

    /**
     * A phase of the work begins; the phase before it is over.
     *
     * @param phase what is being done, such as "compressing"
     * @param bytes how many bytes it will go through
     */
    default void begin(String phase, long bytes) {}

    /** That many more bytes are done; {@code tensor} was the last of them. */
    default void advance(long bytes, String tensor) {}

    /** A line for the user that is no error, such as why a backend was passed over. */
    default void note(String line) {}
}
