package dev.deltapress.pipeline;

import dev.deltapress.DeltaPressException;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;

/** Checks of an output's place before any work is done. */
public final class Outputs {

    private Outputs() {}

    /**
     * An output that is an input, or lies inside one, would destroy it.
     *
     * @throws DeltaPressException naming both
     */
    public static void requireApart(Path out, Path... inputs) throws IOException {
        Path real = real(out);
        for (Path input : inputs) {
            if (real.startsWith(real(input))) {
                throw new DeltaPressException(
                        "%s: the output is the input %s or inside it".formatted(out, input));
            }
        }
    }

    /**
     * @throws DeltaPressException if the disk has less room than that
     */
    static void requireSpace(Path out, long bytes) throws IOException {
        Path parent = out.toAbsolutePath().normalize().getParent();
        if (parent == null || !Files.isDirectory(parent)) {
            throw new DeltaPressException(out + ": its folder does not exist");
        }
        FileStore store = Files.getFileStore(parent);
        if (store.getUsableSpace() < bytes) {
            throw new DeltaPressException(
                    "%s: needs %d MB of disk, %d MB are free"
                            .formatted(out, (bytes >> 20) + 1, store.getUsableSpace() >> 20));
        }
    }

    /** The path with links resolved as far as it exists. */
    private static Path real(Path path) throws IOException {
        Path absolute = path.toAbsolutePath().normalize();
        if (Files.exists(absolute)) {
            return absolute.toRealPath();
        }
        Path parent = absolute.getParent();
        return parent == null ? absolute : real(parent).resolve(absolute.getFileName());
    }
}
