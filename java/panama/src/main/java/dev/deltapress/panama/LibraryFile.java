package dev.deltapress.panama;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.Locale;

/**
 * Where a flavour's library is: the file that its property names; else a file of its name next to
 * our jar; else the one in our jar, unpacked. And what every library out of a jar needs to know:
 * the platform and the cache.
 */
public final class LibraryFile {
    /** The system property that names the cache folder. */
    private static final String CACHE = "deltapress.cache";

    private LibraryFile() {}

    /**
     * @throws LibraryUnavailableException saying why there is none
     */
    static Path find(Flavour flavour) {
        String named = System.getProperty(flavour.property());
        if (named != null) {
            return named(flavour, Path.of(named));
        }
        Path beside = besideOurJar(flavour.fileName());
        return beside != null ? beside : unpacked(flavour, cacheFolder());
    }

    private static Path named(Flavour flavour, Path file) {
        if (!Files.isRegularFile(file)) {
            throw new LibraryUnavailableException(
                    "%s, which %s names, is no file".formatted(file, flavour.property()));
        }
        return file.toAbsolutePath();
    }

    private static @Nullable Path besideOurJar(String fileName) {
        CodeSource source = LibraryFile.class.getProtectionDomain().getCodeSource();
        if (source == null || !source.getLocation().getProtocol().equals("file")) {
            return null;
        }
        try {
            return beside(Path.of(source.getLocation().toURI()), fileName);
        } catch (URISyntaxException e) {
            return null;
        }
    }

    /** A file in a jar's folder; null where it is not there, or where classes lie in a folder. */
    static @Nullable Path beside(Path jar, String fileName) {
        Path file = jar.resolveSibling(fileName);
        return Files.isRegularFile(jar) && Files.isRegularFile(file) ? file : null;
    }

    /** The library in our jar as a file in the cache. */
    static Path unpacked(Flavour flavour, Path cache) {
        String name = "native/" + platform() + "/" + flavour.fileName();
        byte[] content = resource(name);
        byte[] hash = resource(name + ".sha256");
        if (content == null || hash == null) {
            throw new LibraryUnavailableException(whyNotBuilt(name, flavour));
        }
        String sha256 = new String(hash, StandardCharsets.US_ASCII).strip();
        if (!UnpackedLibrary.sha256(content).equals(sha256)) {
            throw new LibraryUnavailableException(
                    "%s in our own jar does not have the hash that is beside it".formatted(name));
        }
        try {
            return UnpackedLibrary.in(cache, sha256, flavour.fileName(), content);
        } catch (IOException e) {
            throw cannotBeUnpacked(flavour.fileName(), cache, e);
        }
    }

    /**
     * The error where the cache cannot be written. It names the ways to another folder.
     *
     * @param what the library or libraries
     */
    public static LibraryUnavailableException cannotBeUnpacked(
            String what, Path cache, IOException cause) {
        return new LibraryUnavailableException(
                "%s cannot be unpacked into the cache folder %s (%s); the system property %s or the environment variable XDG_CACHE_HOME names another"
                        .formatted(what, cache, reason(cause), CACHE),
                cause);
    }

    /** The build says why there is no library. */
    private static String whyNotBuilt(String name, Flavour flavour) {
        byte[] why = resource(name + ".absent");
        return why != null
                ? new String(why, StandardCharsets.UTF_8).strip()
                : "%s is not part of this build for %s; the system property %s names one"
                        .formatted(flavour.fileName(), platform(), flavour.property());
    }

    private static byte @Nullable [] resource(String name) {
        try (InputStream in = LibraryFile.class.getResourceAsStream(name)) {
            return in == null ? null : in.readAllBytes();
        } catch (IOException e) {
            throw new LibraryUnavailableException("cannot read " + name + " in our own jar", e);
        }
    }

    /** The operating system and the processor, as in "linux-x86_64". */
    public static String platform() {
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String machine = System.getProperty("os.arch");
        return system.replace(' ', '_') + "-" + (machine.equals("amd64") ? "x86_64" : machine);
    }

    /**
     * Where what can be made again is kept: the folder that the system property {@code
     * deltapress.cache} names; else {@code deltapress} in that of {@code XDG_CACHE_HOME}, or in
     * {@code ~/.cache}. Absolute; it need not exist.
     */
    public static Path cacheFolder() {
        String named = System.getProperty(CACHE);
        if (named != null) {
            return Path.of(named).toAbsolutePath();
        }
        String folder = System.getenv("XDG_CACHE_HOME");
        Path caches =
                folder == null || folder.isEmpty()
                        ? Path.of(System.getProperty("user.home"), ".cache")
                        : Path.of(folder);
        return caches.resolve("deltapress").toAbsolutePath();
    }

    /** Messages of some file system errors are nothing but the path. */
    private static String reason(IOException e) {
        return e.getClass() == IOException.class
                ? String.valueOf(e.getMessage())
                : e.getClass().getSimpleName() + ": " + e.getMessage();
    }
}
