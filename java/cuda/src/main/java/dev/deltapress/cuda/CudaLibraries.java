package dev.deltapress.cuda;

import dev.deltapress.DeltaPressException;
import dev.deltapress.cuda.CudaSearch.LibrarySet;
import dev.deltapress.panama.LibraryFile;
import dev.deltapress.panama.LibraryUnavailableException;
import dev.deltapress.panama.SharedLibrary;
import dev.deltapress.panama.UnpackedLibrary;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/**
 * The outcome of loading NVIDIA's libraries and JCuda's own. A failure is kept as a value, so that
 * who only asks can say why. Nothing may touch JCuda's classes before this succeeded; what was
 * loaded stays until the JVM ends. That a device is there is another question.
 */
public final class CudaLibraries {
    /**
     * A library of NVIDIA's that was loaded.
     *
     * @param name what NVIDIA calls it
     * @param version such as "13.1.0"; empty if it has no function that tells
     */
    public record Found(String name, Path file, String version) {}

    private final int major;
    private final List<Found> found;
    private final @Nullable Throwable failure;

    private CudaLibraries(int major, List<Found> found, @Nullable Throwable failure) {
        this.major = major;
        this.found = List.copyOf(found);
        this.failure = failure;
    }

    /** Loads once, when first asked for. */
    private static final class Present {
        private static final CudaLibraries LIBRARIES =
                load(CudaFolders.present(), LibraryFile.cacheFolder());
    }

    /** The libraries of this computer, loaded if they can be. Never throws. For any thread. */
    public static CudaLibraries present() {
        return Present.LIBRARIES;
    }

    /**
     * Finds and loads. JCuda's classes keep what they loaded first.
     *
     * @param cache the folder under which JCuda's libraries are unpacked
     */
    static CudaLibraries load(CudaFolders folders, Path cache) {
        try {
            requirePlatform();
            LibrarySet set = CudaSearch.of(folders).find();
            List<Found> found = open(set);
            JCudaClasses.initialise(openJCudas(set.major(), cache));
            return new CudaLibraries(set.major(), found, null);
        } catch (DeltaPressException | LinkageError | IOException | IllegalCallerException e) {
            return new CudaLibraries(0, List.of(), e);
        }
    }

    private static void requirePlatform() {
        if (!LibraryFile.platform().equals(JCudaNative.PLATFORM)) {
            throw new LibraryUnavailableException(
                    "JCuda's libraries are for %s, this is %s"
                            .formatted(JCudaNative.PLATFORM, LibraryFile.platform()));
        }
    }

    private static List<Found> open(LibrarySet set) {
        List<Found> found = new ArrayList<>();
        set.files()
                .forEach(
                        (library, file) -> {
                            openHelper(library.helperSoname(set.major()), file);
                            SharedLibrary opened = SharedLibrary.open(file);
                            String version = version(opened, library.propertyFunction());
                            found.add(new Found(library.text(), file, version));
                        });
        return found;
    }

    /**
     * Opens what a library needs itself, if it lies beside it: the system's loader does not look
     * there. If it does not, the loader may find it elsewhere.
     */
    private static void openHelper(@Nullable String soname, Path beside) {
        if (soname != null) {
            Path helper = beside.resolveSibling(soname);
            if (Files.isRegularFile(helper)) {
                var _ = SharedLibrary.open(helper);
            }
        }
    }

    /** As in "13.1.0": NVIDIA's properties 0, 1 and 2 are major, minor and patch level. */
    private static String version(SharedLibrary library, @Nullable String function) {
        return function == null
                ? ""
                : "%d.%d.%d"
                        .formatted(
                                library.property(function, 0),
                                library.property(function, 1),
                                library.property(function, 2));
    }

    /**
     * Unpacks JCuda's libraries and loads them a first time, since the system's loader says in one
     * line what is wrong and JCuda does not.
     */
    private static List<Path> openJCudas(int major, Path cache) {
        try {
            SequencedMap<String, byte[]> contents = new LinkedHashMap<>();
            for (JCudaNative library : JCudaNative.ALL) {
                contents.put(library.fileName(), library.contentFor(major));
            }
            List<Path> files = UnpackedLibrary.all(cache, contents);
            files.forEach(SharedLibrary::open);
            return files;
        } catch (IOException e) {
            throw LibraryFile.cannotBeUnpacked("JCuda's libraries", cache, e);
        }
    }

    /** Whether JCuda can be used. */
    public boolean isAvailable() {
        return failure == null;
    }

    /**
     * Why it cannot, in one line: which library, by which names it was looked for, where; or what
     * the system's loader says. Empty if it can.
     */
    public String whyNot() {
        return switch (failure) {
            case null -> "";
            case LinkageError e -> lastCause(e);
            default -> String.valueOf(failure.getMessage());
        };
    }

    /** JCuda puts the stack traces of both its attempts into the message. The second counts. */
    private static String lastCause(LinkageError error) {
        String start = UnsatisfiedLinkError.class.getName() + ": ";
        return error.toString()
                .lines()
                .filter(line -> line.startsWith(start) && line.length() > start.length())
                .reduce((first, second) -> second)
                .map(line -> line.substring(start.length()))
                .orElseGet(() -> error.toString().lines().findFirst().orElse(""));
    }

    /**
     * The major version of CUDA, 12 or 13.
     *
     * @throws LibraryUnavailableException saying why there is none
     */
    public int major() {
        if (failure != null) {
            throw new LibraryUnavailableException(whyNot(), failure);
        }
        return major;
    }

    /** What was loaded; empty if JCuda cannot be used. */
    public List<Found> found() {
        return found;
    }

    /**
     * What was loaded, as in "CUDA 13: cuBLAS 13.1.0, cuSPARSE 12.6.3, cuSOLVER 12.0.4"; why not if
     * nothing was.
     */
    public String description() {
        return isAvailable()
                ? found.stream()
                        .filter(library -> !library.version().isEmpty())
                        .map(library -> library.name() + " " + library.version())
                        .collect(Collectors.joining(", ", "CUDA " + major + ": ", ""))
                : whyNot();
    }
}
