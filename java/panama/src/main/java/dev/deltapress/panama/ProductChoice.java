package dev.deltapress.panama;

import dev.deltapress.linalg.Kernels;
import dev.deltapress.parallel.Team;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whose fp32 products the native backend uses: those in Java, unless the system property {@value
 * #PROPERTY} asks for OpenBLAS. Why not OpenBLAS by itself is in docs/decisions/0012.
 */
final class ProductChoice {
    /** "java"; "openblas" for the system's or the class path's; or the file of an OpenBLAS. */
    static final String PROPERTY = "deltapress.products";

    private static final String JAVA = "java";
    private static final String OPENBLAS = "openblas";
    private static final String SYSTEM_LIBRARY = "libopenblas.so.0";

    private ProductChoice() {}

    /** What is used, for people. */
    static String describe() {
        String choice = choice();
        return choice.equals(JAVA) ? Kernels.best() + ", in Java" : "OpenBLAS (" + choice + ")";
    }

    /**
     * Kernels on a team.
     *
     * @throws LibraryUnavailableException if OpenBLAS was asked for and is not there
     */
    static Kernels kernels(Team team) {
        String choice = choice();
        Kernels java = Kernels.best(team);
        return choice.equals(JAVA)
                ? java
                : new OpenBlasKernels(new OpenBlas(library(choice)), java);
    }

    private static String choice() {
        return System.getProperty(PROPERTY, JAVA);
    }

    private static SymbolLookup library(String choice) {
        if (!choice.equals(OPENBLAS)) {
            return opened(Path.of(choice));
        }
        try {
            return SymbolLookup.libraryLookup(SYSTEM_LIBRARY, Arena.global());
        } catch (IllegalArgumentException e) {
            return opened(BytedecoOpenBlas.unpacked(LibraryFile.cacheFolder()));
        }
    }

    private static SymbolLookup opened(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new LibraryUnavailableException(
                    "%s, which %s names, is no file".formatted(file, PROPERTY));
        }
        return NativeLibrary.lookup(file.toAbsolutePath());
    }
}
