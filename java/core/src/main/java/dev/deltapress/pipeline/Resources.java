package dev.deltapress.pipeline;

import dev.deltapress.UsageException;
import dev.deltapress.backend.Backend;
import dev.deltapress.backend.Backends;
import dev.deltapress.parallel.Team;

import java.util.function.Consumer;

/**
 * What a run may use.
 *
 * @param backend "auto" or the name of a backend, which is then used or refused, never replaced
 * @param threads at least 1; never changes a byte of the result
 * @param maxMemoryBytes bound on the memory of the whole process, {@value #PROCESS_MEGABYTES} MB of
 *     which are taken to be the JVM's own; 0 for about 2 GB of tensors in work, or one if it alone
 *     takes more. Never changes a byte of the result
 * @param deviceMemoryBytes bound on what is taken of each GPU; 0 for most of what is free there.
 *     Never changes a byte of the result
 */
public record Resources(String backend, int threads, long maxMemoryBytes, long deviceMemoryBytes) {

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
        if (deviceMemoryBytes < 0) {
            throw new UsageException(
                    "device-memory must not be negative, got " + deviceMemoryBytes);
        }
    }

    /** Makes the backend; see {@link Backends#create}. */
    Backend backend(Team team, Consumer<String> notes) {
        return Backends.create(backend, team, deviceMemoryBytes, notes);
    }

    /** With most of what a GPU has free. */
    public Resources(String backend, int threads, long maxMemoryBytes) {
        this(backend, threads, maxMemoryBytes, 0);
    }

    /** The same with another bound on what is taken of each GPU. */
    public Resources withDeviceMemory(long bytes) {
        return new Resources(backend, threads, maxMemoryBytes, bytes);
    }

    /** Any backend, all processors, no bound on memory. */
    public static Resources defaults() {
        return new Resources("auto", Runtime.getRuntime().availableProcessors(), 0);
    }
}
