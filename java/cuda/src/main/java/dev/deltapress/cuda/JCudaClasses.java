package dev.deltapress.cuda;

import dev.deltapress.panama.LibraryUnavailableException;

import jcuda.LogLevel;
import jcuda.jcublas.JCublas2;
import jcuda.jcusolver.JCusolver;
import jcuda.jcusparse.JCusparse;
import jcuda.runtime.JCuda;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Initialises JCuda's classes with libraries of our choice. JCuda takes a library from {@code
 * java.library.path}, else the file of its fixed name in {@code java.io.tmpdir}, whoever put it
 * there: so that property names our own folder meanwhile.
 */
final class JCudaClasses {
    private static final String TEMPORARY_FOLDER = "java.io.tmpdir";

    /** What this process has in memory, a line each; on Linux only. */
    private static final Path MAPS = Path.of("/proc/self/maps");

    private static final String DELETED = " (deleted)";

    private JCudaClasses() {}

    /**
     * Makes the classes load these files and log nothing. The JDK itself remembers the temporary
     * folder from its start, so that temporary files that other threads make meanwhile are in their
     * usual place.
     *
     * @param files of {@link JCudaNative}'s names, all in one folder
     * @throws LibraryUnavailableException if others were loaded in their place
     * @throws LinkageError if one does not load
     */
    static synchronized void initialise(List<Path> files) throws IOException {
        String before = System.getProperty(TEMPORARY_FOLDER);
        System.setProperty(TEMPORARY_FOLDER, files.getFirst().resolveSibling("").toString());
        try {
            JCuda.initialize();
            JCublas2.initialize();
            JCusparse.initialize();
            JCusolver.initialize();
        } finally {
            System.setProperty(TEMPORARY_FOLDER, before);
        }
        requireNoOthers(files);
        setUp();
    }

    /**
     * JCusolverDn has no switches of its own. Statuses are returned, as they are at first: what
     * JCuda throws does not name the call.
     */
    private static void setUp() {
        JCuda.setLogLevel(LogLevel.LOG_QUIET);
        JCublas2.setLogLevel(LogLevel.LOG_QUIET);
        JCusparse.setLogLevel(LogLevel.LOG_QUIET);
        JCusolver.setLogLevel(LogLevel.LOG_QUIET);
    }

    private static void requireNoOthers(List<Path> files) throws IOException {
        if (!Files.isReadable(MAPS)) {
            return;
        }
        List<String> lines =
                new String(Files.readAllBytes(MAPS), StandardCharsets.UTF_8).lines().toList();
        for (Path file : files) {
            String ours = file.toRealPath().toString();
            String name = "/" + file.getFileName();
            for (String line : lines) {
                int path = line.indexOf('/');
                String mapped = path < 0 ? "" : withoutMark(line.substring(path));
                if (mapped.endsWith(name) && !mapped.equals(ours)) {
                    throw new LibraryUnavailableException(
                            "JCuda has loaded %s instead of %s: was it used before, or is that folder on java.library.path?"
                                    .formatted(mapped, ours));
                }
            }
        }
    }

    /** Another process may have replaced the file in the cache by an equal one since. */
    private static String withoutMark(String mapped) {
        return mapped.endsWith(DELETED)
                ? mapped.substring(0, mapped.length() - DELETED.length())
                : mapped;
    }
}
