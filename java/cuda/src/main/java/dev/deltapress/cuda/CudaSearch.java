package dev.deltapress.cuda;

import dev.deltapress.panama.LibraryUnavailableException;
import dev.deltapress.panama.SystemLoader;

import org.jspecify.annotations.Nullable;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Finds NVIDIA's libraries: a set of one major version of CUDA. That of the cuBLAS that is found
 * first wins if the set is complete; in one folder CUDA 13 goes before 12.
 */
final class CudaSearch {
    private static final String SYSTEM_LOADER = "the system loader's own search";

    /**
     * @param major of CUDA, 12 or 13
     * @param files one for each library
     */
    record LibrarySet(int major, Map<CudaLibrary, Path> files) {}

    /** A place to look for a soname. */
    private interface Place {
        /**
         * Null if it is not here.
         *
         * @throws LibraryUnavailableException if it is and does not load
         */
        @Nullable Path find(String soname);
    }

    private record Folder(Path path) implements Place {
        @Override
        public @Nullable Path find(String soname) {
            Path file = path.resolve(soname);
            return Files.isRegularFile(file) ? file.toAbsolutePath() : null;
        }

        @Override
        public String toString() {
            return path.toString();
        }
    }

    private record Loader() implements Place {
        @Override
        public @Nullable Path find(String soname) {
            return SystemLoader.find(soname);
        }

        @Override
        public String toString() {
            return SYSTEM_LOADER;
        }
    }

    private final List<Place> places = new ArrayList<>();

    /**
     * @param folders in the order in which they are looked through
     */
    static CudaSearch of(CudaFolders folders) {
        CudaSearch search = new CudaSearch();
        folders.beforeLoader().forEach(folder -> search.places.add(new Folder(folder)));
        if (folders.askLoader()) {
            search.places.add(new Loader());
        }
        folders.afterLoader().forEach(folder -> search.places.add(new Folder(folder)));
        return search;
    }

    private CudaSearch() {}

    /**
     * @throws LibraryUnavailableException saying which library is not found, by which names, where
     */
    LibrarySet find() {
        LibraryUnavailableException failure = null;
        for (Place place : places) {
            for (int major : CudaLibrary.MAJORS) {
                try {
                    Path cublas = place.find(CudaLibrary.CUBLAS.soname(major));
                    if (cublas != null) {
                        return complete(major, cublas, place);
                    }
                } catch (LibraryUnavailableException e) {
                    failure = failure == null ? e : failure;
                }
            }
        }
        throw failure == null ? noCublas() : failure;
    }

    private LibrarySet complete(int major, Path cublas, Place place) {
        Map<CudaLibrary, Path> files = new EnumMap<>(CudaLibrary.class);
        for (CudaLibrary library : CudaLibrary.values()) {
            String soname = library.soname(major);
            Path file = library == CudaLibrary.CUBLAS ? cublas : find(soname, place);
            if (file == null) {
                throw new LibraryUnavailableException(
                        "%s is not found: looked for %s, which goes with %s, in %s"
                                .formatted(library.text(), soname, cublas, placesText()));
            }
            files.put(library, file);
        }
        return new LibrarySet(major, files);
    }

    /** Of two toolkits, the libraries of one should work together. */
    private @Nullable Path find(String soname, Place first) {
        Path file = first.find(soname);
        for (int i = 0; file == null && i < places.size(); i++) {
            file = places.get(i).find(soname);
        }
        return file;
    }

    private LibraryUnavailableException noCublas() {
        return new LibraryUnavailableException(
                "%s is not found: looked for %s and %s in %s"
                        .formatted(
                                CudaLibrary.CUBLAS.text(),
                                CudaLibrary.CUBLAS.soname(13),
                                CudaLibrary.CUBLAS.soname(12),
                                placesText()));
    }

    private String placesText() {
        return places.isEmpty()
                ? "no folder"
                : places.stream().map(Place::toString).collect(Collectors.joining(", "));
    }
}
