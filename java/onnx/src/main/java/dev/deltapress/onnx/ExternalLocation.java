package dev.deltapress.onnx;

import dev.deltapress.MalformedFileException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Turns {@code location} of a tensor's {@code external_data} into a file, or refuses it. */
final class ExternalLocation {
    private ExternalLocation() {}

    /**
     * The file of that name beside the model. ONNX allows folders below the model's too; a plain
     * name is all that exporters write, and it cannot leave the folder.
     *
     * @throws MalformedFileException if the location is no plain name of a file that is there
     */
    static Path resolve(Path model, String location) throws IOException {
        Path file = model.resolveSibling(plainName(model, location));
        if (!Files.isRegularFile(file)) {
            throw refused(model, location, "no such file beside the model");
        }
        if (Files.isSameFile(file, model)) {
            throw refused(model, location, "that is the model itself");
        }
        return file;
    }

    private static Path plainName(Path model, String location) {
        boolean isPlain =
                !location.isEmpty()
                        && !location.equals(".")
                        && !location.equals("..")
                        && location.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':');
        if (isPlain) {
            try {
                return Path.of(location);
            } catch (InvalidPathException e) {
                // A name that this file system cannot express is refused like the others.
            }
        }
        throw refused(model, location, "expected a plain file name");
    }

    private static MalformedFileException refused(Path model, String location, String why) {
        return new MalformedFileException(
                "%s: external data in '%s': %s".formatted(model, location, why));
    }
}
