package dev.deltapress.pipeline;

import dev.deltapress.UsageException;

/**
 * What a run may use.
 *
 * @param backend "auto" or the name of a backend, which is then used or refused, never replaced
 * @param threads at least 1; never changes a byte of the result
 * @param maxMemoryBytes bound on the memory of the whole process, {@value #PROCESS_MEGABYTES} MB of
 *     which are taken to be the JVM's own; 0 for about 2 GB of tensors in work, or one if it alone
 *     takes more. Never changes a byte of the result
 */
public record Resources(String backend, int threads, long maxMemoryBytes) {

    /**
     * What the JVM takes beside tensors with the flags of the launcher: code, heap, buffers. See
     * docs/decisions/0007-streaming.md.
     */
    public static final int PROCESS_MEGABYTES = 400;

    public Resources {
        if (threads < 1) {
            throw new UsageException("threads must be at least 1, got " + threads);
        }
        if (maxMemoryBytes < 0) {
            throw new UsageException("max-memory must not be negative, got " + maxMemoryBytes);
        }
    }

    /** Any backend, all processors, no bound on memory. */
    public static Resources defaults() {
        return new Resources("auto", Runtime.getRuntime().availableProcessors(), 0);
    }
}
