package dev.deltapress.cli;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.util.ZstdVersion;
import com.sun.management.OperatingSystemMXBean;

import dev.deltapress.backend.BackendStatus;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;

/**
 * The state of this machine and JVM.
 *
 * @param memoryBytes of the machine or the container
 * @param heapBytes what the Java heap may grow to; tensors live outside of it
 */
record Diagnosis(
        String version,
        String java,
        Path javaHome,
        Finding vectorApi,
        Finding zstd,
        List<BackendStatus> backends,
        int processors,
        long memoryBytes,
        long heapBytes,
        Path cacheFolder) {

    /** Whether something works, and which one it is, or why not and what helps. */
    record Finding(boolean ok, String detail) {}

    static Diagnosis of(List<BackendStatus> backends) {
        var machine = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        return new Diagnosis(
                Version.ofDeltaPress(),
                Runtime.version() + " (" + System.getProperty("java.vendor") + ")",
                Path.of(System.getProperty("java.home")),
                checkVectorApi(),
                checkZstd(),
                backends,
                Runtime.getRuntime().availableProcessors(),
                machine.getTotalMemorySize(),
                Runtime.getRuntime().maxMemory(),
                findCacheFolder());
    }

    private static Finding checkVectorApi() {
        return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
                ? new Finding(true, "active")
                : new Finding(
                        false,
                        "off, so the java backend is slower: start java with --add-modules"
                                + " jdk.incubator.vector, as the launcher does");
    }

    private static Finding checkZstd() {
        try {
            Zstd.compress(new byte[64]);
            return new Finding(true, ZstdVersion.VERSION);
        } catch (LinkageError e) {
            return new Finding(false, "the native library of zstd-jni does not load: " + e);
        }
    }

    /** Where DeltaPress keeps what it can get again. */
    static Path findCacheFolder() {
        String folder = System.getenv("XDG_CACHE_HOME");
        Path caches =
                folder == null || folder.isEmpty()
                        ? Path.of(System.getProperty("user.home"), ".cache")
                        : Path.of(folder);
        return caches.resolve("deltapress");
    }
}
