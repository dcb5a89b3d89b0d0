package dev.deltapress.panama;

import dev.deltapress.linalg.Kernels;
import dev.deltapress.parallel.Team;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whose fp32 products the native backend uses (docs/decisions/0012-native-backend.md): those of an
 * OpenBLAS where there is one, the system's or else that of {@code org.bytedeco:openblas} on the
 * class path, and those in Java where there is none. The system property {@value #PROPERTY} decides
 * otherwise. A failure is kept as a value.
 *
 * @param blas null for Java
 * @param description for people: what it is, or why what was asked for is not there
 * @param failed whether it is not there
 */
record ProductChoice(@Nullable OpenBlas blas, String description, boolean failed) {
    /** "java"; "openblas", which is then no wish but a demand; or the file of an OpenBLAS. */
    static final String PROPERTY = "deltapress.products";

    private static final String JAVA = "java";
    private static final String OPENBLAS = "openblas";
    private static final String SYSTEM_LIBRARY = "libopenblas.so.0";

    /** Made once: libraries stay loaded. */
    private static final class Present {
        private static final ProductChoice CHOICE = of(System.getProperty(PROPERTY));
    }

    /** The choice of this JVM. Never throws. */
    static ProductChoice present() {
        return Present.CHOICE;
    }

    /** What a value of the property, or none, chooses. Never throws. */
    static ProductChoice of(@Nullable String wanted) {
        try {
            if (wanted == null) {
                SymbolLookup found = find();
                return found == null ? java() : openBlas(found, "OpenBLAS");
            }
            return switch (wanted) {
                case JAVA -> java();
                case OPENBLAS -> openBlas(demand(), "OpenBLAS");
                default -> openBlas(named(Path.of(wanted)), "OpenBLAS of " + wanted);
            };
        } catch (LibraryUnavailableException e) {
            return new ProductChoice(null, String.valueOf(e.getMessage()), true);
        }
    }

    private static ProductChoice java() {
        return new ProductChoice(null, Kernels.best() + ", in Java", false);
    }

    private static ProductChoice openBlas(SymbolLookup library, String description) {
        return new ProductChoice(new OpenBlas(library), description, false);
    }

    private static @Nullable SymbolLookup find() {
        try {
            return SymbolLookup.libraryLookup(SYSTEM_LIBRARY, Arena.global());
        } catch (IllegalArgumentException e) {
            return BytedecoOpenBlas.isPresent() ? BytedecoOpenBlas.load() : null;
        }
    }

    private static SymbolLookup demand() {
        SymbolLookup found = find();
        if (found == null) {
            throw new LibraryUnavailableException(
                    "no OpenBLAS: neither is the system's %s installed nor org.bytedeco:openblas with classifier linux-x86_64 on the class path"
                            .formatted(SYSTEM_LIBRARY));
        }
        return found;
    }

    private static SymbolLookup named(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new LibraryUnavailableException(
                    "%s, which %s names, is no file".formatted(file, PROPERTY));
        }
        return NativeLibrary.lookup(file.toAbsolutePath());
    }

    /**
     * Kernels on a team.
     *
     * @throws LibraryUnavailableException if an OpenBLAS was asked for and is not there
     */
    Kernels kernels(Team team) {
        if (failed) {
            throw new LibraryUnavailableException(description);
        }
        Kernels java = Kernels.best(team);
        return blas == null ? java : new OpenBlasKernels(blas, java);
    }
}
