package dev.deltapress.cuda;

import dev.deltapress.panama.DeltaPressNative;
import dev.deltapress.panama.DeviceBuffer;

import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.function.Consumer;

/**
 * As many workers of one device as threads apply matrices at once. Base and deltas must lie on the
 * same device, so all are on the first.
 */
final class ServingWorkers implements AutoCloseable {
    static final int DEVICE = 0;

    private final DeltaPressNative library;
    private final DeviceLimit limit;
    private final Deque<Worker> idle = new ConcurrentLinkedDeque<>();

    ServingWorkers(DeltaPressNative library, DeviceLimit limit) {
        this.library = library;
        this.limit = limit;
    }

    /** Of all that lies on the device. */
    DeviceLimit limit() {
        return limit;
    }

    /** Memory that lives until it is closed. */
    DeviceBuffer allocate(long bytes) {
        return new DeviceBuffer(library, DEVICE, bytes);
    }

    /** Works with a worker that nobody else has meanwhile. */
    void run(Consumer<Worker> work) {
        Worker pooled = idle.poll();
        Worker worker = pooled == null ? open() : pooled;
        try {
            work.accept(worker);
        } finally {
            idle.push(worker);
        }
    }

    private Worker open() {
        Worker worker = new Worker(library, DEVICE);
        limit.add(worker.pool());
        return worker;
    }

    @Override
    public void close() {
        idle.forEach(
                worker -> {
                    limit.remove(worker.pool());
                    worker.close();
                });
    }
}
