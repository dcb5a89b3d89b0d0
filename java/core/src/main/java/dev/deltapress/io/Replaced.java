package dev.deltapress.io;

import dev.deltapress.DeltaPressException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What stands where an output is to go. It is renamed aside before the new output takes its place,
 * and removed only after that.
 */
public final class Replaced {
    private static final String ASIDE = ".deltapress-old";

    private final List<Path> paths;
    private final Map<Path, Path> aside = new LinkedHashMap<>();

    private Replaced(List<Path> paths) {
        this.paths = paths;
    }

    /** Nothing may stand there. */
    public static Replaced nothing() {
        return new Replaced(List.of());
    }

    /** Files that we wrote and may remove; those that do not exist are skipped. */
    public static Replaced files(List<Path> ours) {
        return new Replaced(ours.stream().filter(Files::exists).toList());
    }

    /**
     * A folder that we wrote.
     *
     * @param ours names of the files that we wrote there, relative and with slashes
     * @throws DeltaPressException if it holds anything else
     */
    public static Replaced folder(Path folder, List<String> ours) throws IOException {
        List<Path> files;
        try (Stream<Path> walked = Files.walk(folder)) {
            files = walked.filter(path -> !Files.isDirectory(path)).toList();
        }
        for (Path file : files) {
            String name = folder.relativize(file).toString().replace('\\', '/');
            if (!ours.contains(name)) {
                throw new DeltaPressException(
                        "%s: not replaced: it holds '%s', which DeltaPress did not write there"
                                .formatted(folder, name));
            }
        }
        return new Replaced(List.of(folder));
    }

    void moveAside() throws IOException {
        for (Path path : paths) {
            Path to = path.resolveSibling("." + path.getFileName() + ASIDE);
            Staging.removeTree(to);
            Files.move(path, to, StandardCopyOption.ATOMIC_MOVE);
            aside.put(path, to);
        }
    }

    void giveBack() throws IOException {
        for (Map.Entry<Path, Path> entry : aside.entrySet()) {
            Files.move(entry.getValue(), entry.getKey(), StandardCopyOption.ATOMIC_MOVE);
        }
    }

    void remove() throws IOException {
        for (Path path : aside.values()) {
            Staging.removeTree(path);
        }
    }
}
