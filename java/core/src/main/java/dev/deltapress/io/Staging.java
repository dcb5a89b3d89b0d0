package dev.deltapress.io;

import dev.deltapress.DeltaPressException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * A hidden folder beside a target in which an output grows, and which becomes the target by a
 * rename or vanishes. A run that dies leaves at most this folder, and the next run beside it
 * removes it: a file lock tells the living from the dead.
 */
public final class Staging implements AutoCloseable {
    private static final String MARK = ".deltapress-";
    private static final String LOCK = ".lock";
    private static final int REMOVE_ATTEMPTS = 100;
    private static final Set<Staging> OPEN = ConcurrentHashMap.newKeySet();

    static {
        // An interrupt (SIGINT, SIGTERM) ends the JVM by its own exit code after the hooks have
        // run.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> OPEN.forEach(Staging::close)));
    }

    private final Path parent;
    private final Path target;
    private final Path folder;
    private final FileChannel lockChannel;

    private Staging(Path parent, Path target, Path folder, FileChannel lockChannel) {
        this.parent = parent;
        this.target = target;
        this.folder = folder;
        this.lockChannel = lockChannel;
    }

    /**
     * Makes an empty folder beside the target, after removing those of dead runs for the same
     * target.
     *
     * @throws DeltaPressException if the target's own folder does not exist
     */
    public static Staging beside(Path target) throws IOException {
        Path absolute = target.toAbsolutePath().normalize();
        Path parent = absolute.getParent();
        if (parent == null || absolute.getFileName() == null) {
            throw new DeltaPressException(target + ": cannot be written: it is a root folder");
        }
        if (!Files.isDirectory(parent)) {
            throw new DeltaPressException(target + ": its folder does not exist");
        }
        String prefix = "." + absolute.getFileName() + MARK;
        removeDead(parent, prefix);
        // Not createTempDirectory: the folder becomes the output and needs the user's own
        // permissions.
        Path folder = parent.resolve(prefix + UUID.randomUUID());
        Files.createDirectory(folder);
        FileChannel channel =
                FileChannel.open(
                        folder.resolve(LOCK),
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.WRITE);
        channel.lock();
        Staging staging = new Staging(parent, absolute, folder, channel);
        OPEN.add(staging);
        return staging;
    }

    /** Where the output grows. */
    public Path folder() {
        return folder;
    }

    /**
     * Makes the folder the target: syncs every file and the folder, then renames. A target that is
     * in the way is renamed aside first and given back if the rename fails.
     *
     * @param replace what stands at the target
     */
    public void commitFolder(Replaced replace) throws IOException {
        syncAll(folder);
        Files.delete(folder.resolve(LOCK));
        try {
            replace.moveAside();
            Files.move(folder, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            replace.giveBack();
            throw e;
        }
        syncFolder(parent);
        replace.remove();
    }

    /**
     * Moves files of the folder into the target's folder, the last one last.
     *
     * @param names plain names in this folder, which they keep
     * @param replace what stands there under these names
     */
    public void commitFiles(List<String> names, Replaced replace) throws IOException {
        syncAll(folder);
        List<Path> moved = new ArrayList<>();
        try {
            replace.moveAside();
            for (String name : names) {
                Path to = target.resolveSibling(name);
                Files.move(folder.resolve(name), to, StandardCopyOption.ATOMIC_MOVE);
                moved.add(to);
            }
        } catch (IOException e) {
            for (Path path : moved) {
                Files.deleteIfExists(path);
            }
            replace.giveBack();
            throw e;
        }
        syncFolder(parent);
        replace.remove();
    }

    /** Removes what was not committed. */
    @Override
    public void close() {
        if (!OPEN.remove(this)) {
            return;
        }
        try {
            lockChannel.close();
            removeWhileOthersWrite();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** On an interrupt, workers go on writing until the JVM is gone. */
    private void removeWhileOthersWrite() throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                removeTree(folder);
                return;
            } catch (DirectoryNotEmptyException | NoSuchFileException | UncheckedIOException e) {
                if (attempt == REMOVE_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    /**
     * A failure to write that names the target: what a channel throws, such as for a full disk,
     * names no file.
     */
    public static IOException unwritable(Path target, IOException e) {
        if (e instanceof FileSystemException) {
            return e;
        }
        var named = new FileSystemException(target.toString(), null, e.getMessage());
        named.initCause(e);
        return named;
    }

    private static void removeDead(Path parent, String prefix) throws IOException {
        try (DirectoryStream<Path> found =
                Files.newDirectoryStream(
                        parent, path -> path.getFileName().toString().startsWith(prefix))) {
            for (Path path : found) {
                if (Files.isDirectory(path) && isDead(path)) {
                    removeTree(path);
                }
            }
        }
    }

    private static boolean isDead(Path folder) throws IOException {
        Path lock = folder.resolve(LOCK);
        if (!Files.exists(lock)) {
            // Either a run between making the folder and its lock, or one that died there.
            return Files.getLastModifiedTime(folder).toMillis()
                    < System.currentTimeMillis() - 60_000;
        }
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE);
                FileLock held = channel.tryLock()) {
            return held != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    private static void syncAll(Path root) throws IOException {
        List<Path> paths;
        try (Stream<Path> walked = Files.walk(root)) {
            paths = walked.toList();
        }
        for (Path path : paths) {
            if (Files.isDirectory(path)) {
                syncFolder(path);
                continue;
            }
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
        }
    }

    private static void syncFolder(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    static void removeTree(Path root) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        List<Path> paths;
        try (Stream<Path> walked = Files.walk(root)) {
            paths = walked.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : paths) {
            Files.deleteIfExists(path);
        }
    }
}
