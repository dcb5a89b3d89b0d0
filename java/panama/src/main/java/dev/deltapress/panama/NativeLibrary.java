package dev.deltapress.panama;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The outcome of loading a flavour of libdeltapress. A failure is kept as a value, so that who only
 * asks can say why; a library that was loaded stays until the JVM ends.
 */
public final class NativeLibrary {
    private static final byte[] ELF = {0x7F, 'E', 'L', 'F'};
    private static final int ELF_HEADER_BYTES = 64;

    private final @Nullable Path path;
    private final @Nullable DeltaPressNative functions;
    private final @Nullable LibraryUnavailableException failure;

    private NativeLibrary(
            @Nullable Path path,
            @Nullable DeltaPressNative functions,
            @Nullable LibraryUnavailableException failure) {
        this.path = path;
        this.functions = functions;
        this.failure = failure;
    }

    /** Loads each flavour once, when first asked for. */
    private static final class Host {
        private static final NativeLibrary LIBRARY = load(Flavour.HOST);
    }

    private static final class Cuda {
        private static final NativeLibrary LIBRARY = load(Flavour.CUDA);
    }

    /** The library of that flavour, loaded if it can be. Never throws. */
    public static NativeLibrary of(Flavour flavour) {
        return switch (flavour) {
            case HOST -> Host.LIBRARY;
            case CUDA -> Cuda.LIBRARY;
        };
    }

    /** Finds and loads a library anew. */
    static NativeLibrary load(Flavour flavour) {
        try {
            return open(flavour, LibraryFile.find(flavour));
        } catch (LibraryUnavailableException e) {
            return new NativeLibrary(null, null, e);
        }
    }

    /** Loads that file. */
    static NativeLibrary open(Flavour flavour, Path file) {
        try {
            DeltaPressNative functions = new DeltaPressNative(lookup(file));
            String found = functions.flavour();
            if (!found.equals(flavour.text())) {
                throw new LibraryUnavailableException(
                        "its flavour is '%s', not '%s'".formatted(found, flavour.text()));
            }
            return new NativeLibrary(file, functions, null);
        } catch (LibraryUnavailableException e) {
            return new NativeLibrary(file, null, naming(file, e));
        }
    }

    /** The same error, saying which file it is about. */
    static LibraryUnavailableException naming(Path file, LibraryUnavailableException e) {
        String message = String.valueOf(e.getMessage());
        return message.contains(file.toString())
                ? e
                : new LibraryUnavailableException(file + ": " + message, e);
    }

    /**
     * Loads any library for good.
     *
     * @throws LibraryUnavailableException with what the loader says
     */
    static SymbolLookup lookup(Path file) {
        String notOne = isSharedObject(file) ? null : SystemLoader.whyNot(file);
        if (notOne != null) {
            throw new LibraryUnavailableException(notOne);
        }
        try {
            return SymbolLookup.libraryLookup(file, Arena.global());
        } catch (IllegalArgumentException e) {
            String why = SystemLoader.whyNot(file);
            throw new LibraryUnavailableException(
                    why == null ? String.valueOf(e.getMessage()) : why, e);
        }
    }

    /**
     * Whether a file starts as a shared object of ELF does. Of others the JVM warns in two lines of
     * its own before it fails.
     */
    private static boolean isSharedObject(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] header = in.readNBytes(ELF_HEADER_BYTES);
            return header.length == ELF_HEADER_BYTES
                    && Arrays.equals(header, 0, ELF.length, ELF, 0, ELF.length);
        } catch (IOException e) {
            return false;
        }
    }

    /** Whether it is loaded. */
    public boolean isAvailable() {
        return functions != null;
    }

    /**
     * Its functions.
     *
     * @throws LibraryUnavailableException saying why there are none
     */
    public DeltaPressNative functions() {
        if (functions == null) {
            throw new LibraryUnavailableException(whyNot(), failure);
        }
        return functions;
    }

    /** The file that was loaded or tried; null if none was found. */
    public @Nullable Path path() {
        return path;
    }

    /** Why it is not loaded, in one line; empty if it is. */
    public String whyNot() {
        return failure == null ? "" : String.valueOf(failure.getMessage());
    }
}
