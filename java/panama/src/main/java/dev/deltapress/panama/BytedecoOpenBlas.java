package dev.deltapress.panama;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

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
            List<byte[]> contents = new ArrayList<>();
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            for (String name : FILES) {
                byte[] content = read(name);
                contents.add(content);
                all.writeBytes(content);
            }
            String sum = UnpackedLibrary.sha256(all.toByteArray());
            for (int i = 0; i < FILES.size() - 1; i++) {
                if (contents.get(i).length > 0) {
                    var _ = lookup(cache, sum, FILES.get(i), contents.get(i));
                }
            }
            return lookup(cache, sum, NAME, contents.getLast());
        } catch (IOException e) {
            throw new LibraryUnavailableException(
                    "OpenBLAS cannot be unpacked into the cache folder " + cache + ": " + e, e);
        }
    }

    private static SymbolLookup lookup(Path cache, String sum, String name, byte[] content)
            throws IOException {
        return NativeLibrary.lookup(UnpackedLibrary.in(cache, sum, name, content));
    }

    /** Empty where the artefact does without that file. */
    private static byte[] read(String name) throws IOException {
        try (InputStream in = ClassLoader.getSystemResourceAsStream(resource(name))) {
            return in == null ? new byte[0] : in.readAllBytes();
        }
    }

    private static String resource(String name) {
        return "org/bytedeco/openblas/" + LibraryFile.platform() + "/" + name;
    }
}
