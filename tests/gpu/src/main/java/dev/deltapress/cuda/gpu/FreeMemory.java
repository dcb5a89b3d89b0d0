package dev.deltapress.cuda.gpu;

import dev.deltapress.panama.DeltaPressNative;
import dev.deltapress.panama.DeviceInfo;

import java.util.LinkedHashMap;
import java.util.Map;

/** Watches the free memory of the first device: asked often, so that a short peak may be missed. */
final class FreeMemory implements AutoCloseable {
    private static final long MILLISECONDS = 20;

    private final DeltaPressNative library;
    private final DeviceInfo before;
    private final Thread watcher;
    private volatile long least;

    FreeMemory(DeltaPressNative library) {
        this.library = library;
        this.before = DeviceInfo.of(library, 0);
        this.least = before.memoryFree();
        this.watcher = Thread.ofPlatform().daemon().name("free-memory").start(this::watch);
    }

    private void watch() {
        try {
            while (true) {
                least = Math.min(least, DeviceInfo.of(library, 0).memoryFree());
                Thread.sleep(MILLISECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // closed: nothing is left to do
        }
    }

    /** In MB. */
    Map<String, Long> megabytes() {
        Map<String, Long> megabytes = new LinkedHashMap<>();
        megabytes.put("total", before.memoryTotal() >> 20);
        megabytes.put("free_before", before.memoryFree() >> 20);
        megabytes.put("free_least", least >> 20);
        megabytes.put("free_now", DeviceInfo.of(library, 0).memoryFree() >> 20);
        megabytes.put("most_taken", (before.memoryFree() - least) >> 20);
        return megabytes;
    }

    @Override
    public void close() {
        watcher.interrupt();
        try {
            watcher.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
