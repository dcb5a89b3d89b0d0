package dev.deltapress.panama;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * OpenBLAS out of the artefact {@code org.bytedeco:openblas} with the classifier of this platform,
 * where it is on the class path.
 */
final class BytedecoOpenBlas {
    private static final String NAME = "libopenblas.so.0";

    /** It and what it needs. In this order, because what is loaded already is not looked for. */
    private static final List<String> FILES =
            List.of("libgcc_s.so.1", "libquadmath.so.0", "libgfortran.so.5", NAME);

    private BytedecoOpenBlas() {}

    static boolean isPresent() {
        return ClassLoader.getSystemResource(resource(NAME)) != null;
    }

    /**
     * Loads it from the cache.
     *
     * @throws LibraryUnavailableException if the cache cannot be written, or it does not load
     */
    static SymbolLookup load() {
        Path cache = LibraryFile.cacheFolder();
        try {
            List<Path> files = UnpackedLibrary.all(cache, contents());
            for (Path needed : files.subList(0, files.size() - 1)) {
                var _ = NativeLibrary.lookup(needed);
            }
            return NativeLibrary.lookup(files.getLast());
        } catch (IOException e) {
            throw LibraryFile.cannotBeUnpacked("OpenBLAS", cache, e);
        }
    }

    /** Of the files that the artefact of this platform has; it may do without some. */
    private static SequencedMap<String, byte[]> contents() throws IOException {
        SequencedMap<String, byte[]> contents = new LinkedHashMap<>();
        for (String name : FILES) {
            try (InputStream in = ClassLoader.getSystemResourceAsStream(resource(name))) {
                if (in != null) {
                    contents.put(name, in.readAllBytes());
                }
            }
        }
        return contents;
    }

    private static String resource(String name) {
        return "org/bytedeco/openblas/" + LibraryFile.platform() + "/" + name;
    }
}
