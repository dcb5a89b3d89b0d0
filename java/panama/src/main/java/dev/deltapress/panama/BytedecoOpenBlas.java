package dev.deltapress.panama;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * OpenBLAS out of the artefact {@code org.bytedeco:openblas} with the classifier of this platform,
 * where it is on the class path.
 */
final class BytedecoOpenBlas {
    private static final String FOLDER = "org/bytedeco/openblas/";

    /** What it needs, before it; they find one another because they lie in one folder. */
    private static final List<String> FILES =
            List.of("libgcc_s.so.1", "libquadmath.so.0", "libgfortran.so.5", "libopenblas.so.0");

    private BytedecoOpenBlas() {}

    /**
     * The library as a file in the cache.
     *
     * @throws LibraryUnavailableException if it is not on the class path, or the cache cannot be
     *     written
     */
    static Path unpacked(Path cache) {
        List<byte[]> contents = new ArrayList<>();
        List<String> names = new ArrayList<>();
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try {
            for (String name : FILES) {
                byte[] content = read(FOLDER + LibraryFile.platform() + "/" + name);
                if (content.length > 0) {
                    names.add(name);
                    contents.add(content);
                    all.writeBytes(content);
                }
            }
            if (!names.contains(FILES.getLast())) {
                throw new LibraryUnavailableException(
                        "no OpenBLAS: neither is the system's %s installed nor org.bytedeco:openblas with classifier linux-x86_64 on the class path"
                                .formatted(FILES.getLast()));
            }
            String sum = UnpackedLibrary.sha256(all.toByteArray());
            Path library = cache;
            for (int i = 0; i < names.size(); i++) {
                library = UnpackedLibrary.in(cache, sum, names.get(i), contents.get(i));
            }
            return library;
        } catch (IOException e) {
            throw new LibraryUnavailableException(
                    "OpenBLAS cannot be unpacked into the cache folder " + cache + ": " + e, e);
        }
    }

    private static byte[] read(String name) throws IOException {
        try (InputStream in = ClassLoader.getSystemResourceAsStream(name)) {
            return in == null ? new byte[0] : in.readAllBytes();
        }
    }
}
