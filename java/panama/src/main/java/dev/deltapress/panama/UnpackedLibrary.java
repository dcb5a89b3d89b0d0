package dev.deltapress.panama;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;

/**
 * A library as a file that only this user can change: {@code <cache>/native/<sha256>/<name>},
 * folder of mode 700. A file that is there is used if it holds the same bytes, and else replaced.
 * It appears by renaming, so that any number of threads and processes may do this at once.
 */
public final class UnpackedLibrary {
    private static final Set<PosixFilePermission> PRIVATE =
            PosixFilePermissions.fromString("rwx------");

    /** What a run that died left behind is removed after that time. */
    private static final Duration STALE = Duration.ofHours(1);

    private static final String TEMPORARY = ".unpacking";

    private static final String UID = "unix:uid";

    /** Belongs to the user whose process this is; on Linux only. */
    private static final Path OURSELVES = Path.of("/proc/self");

    private UnpackedLibrary() {}

    /**
     * Libraries that belong together, in one folder named by the SHA-256 over all their bytes.
     *
     * @param contents file name to content; their order counts
     * @return the files, in the same order
     * @throws IOException if the cache cannot be written, or belongs to somebody else
     */
    public static List<Path> all(Path cache, SequencedMap<String, byte[]> contents)
            throws IOException {
        ByteArrayOutputStream together = new ByteArrayOutputStream();
        contents.values().forEach(together::writeBytes);
        String sum = sha256(together.toByteArray());
        List<Path> files = new ArrayList<>();
        for (Map.Entry<String, byte[]> content : contents.entrySet()) {
            files.add(in(cache, sum, content.getKey(), content.getValue()));
        }
        return files;
    }

    /**
     * @param name of the folder: the hash of the content, or of all that lies there
     * @throws IOException if the cache cannot be written, or belongs to somebody else
     */
    static Path in(Path cache, String name, String fileName, byte[] content) throws IOException {
        Path folder = cache.resolve("native").resolve(name);
        Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(PRIVATE));
        requirePrivate(folder);
        Path file = folder.resolve(fileName);
        if (holds(file, content)) {
            return file;
        }
        removeStale(folder);
        // Only its owner may read or write a temporary file.
        Path temporary = Files.createTempFile(folder, fileName, TEMPORARY);
        try {
            Files.write(temporary, content);
            Files.move(
                    temporary,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
        return file;
    }

    /** SHA-256 in lower-case hexadecimal digits. */
    static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    private static boolean holds(Path file, byte[] content) throws IOException {
        try {
            return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                    && Arrays.equals(Files.readAllBytes(file), content);
        } catch (NoSuchFileException e) {
            return false; // somebody removed it meanwhile
        }
    }

    private static void requirePrivate(Path folder) throws IOException {
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException(folder + " is a link, not a folder");
        }
        Object owner = Files.getAttribute(folder, UID, LinkOption.NOFOLLOW_LINKS);
        if (Files.exists(OURSELVES) && !owner.equals(Files.getAttribute(OURSELVES, UID))) {
            throw new IOException("%s belongs to another user, %s".formatted(folder, owner));
        }
        if (!Files.getPosixFilePermissions(folder).equals(PRIVATE)) {
            Files.setPosixFilePermissions(folder, PRIVATE);
        }
    }

    private static void removeStale(Path folder) throws IOException {
        FileTime limit = FileTime.from(Instant.now().minus(STALE));
        try (var files = Files.newDirectoryStream(folder, "*" + TEMPORARY)) {
            for (Path file : files) {
                if (lastModified(file, limit).compareTo(limit) < 0) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    /** Others rename their temporary files at any time. */
    private static FileTime lastModified(Path file, FileTime ifGone) throws IOException {
        try {
            return Files.getLastModifiedTime(file);
        } catch (NoSuchFileException e) {
            return ifGone;
        }
    }
}
