package dev.deltapress.checkpoint;

import dev.deltapress.DeltaPressException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.ServiceLoader;

/** The one place that decides what kind of checkpoint a path is. */
public final class Checkpoints {
    private Checkpoints() {}

    /**
     * Opens and validates a model: a Hugging Face folder, a {@code .safetensors} file, or a file of
     * a {@link CheckpointFormat} on the class or module path.
     *
     * @throws dev.deltapress.MalformedFileException if a file breaks a rule of its format
     * @throws DeltaPressException if there is nothing at the path, or nothing that can be read
     */
    public static Checkpoint open(Path path) throws IOException {
        if (!Files.exists(path)) {
            throw new DeltaPressException(path + ": there is no such file or folder");
        }
        if (Files.isDirectory(path)) {
            return HuggingFaceFolder.open(path);
        }
        String name = String.valueOf(path.getFileName());
        if (name.endsWith(FolderFiles.SAFETENSORS)) {
            return SafetensorsCheckpoint.open(path);
        }
        for (CheckpointFormat format : ServiceLoader.load(CheckpointFormat.class)) {
            if (format.recognises(path)) {
                return format.open(path);
            }
        }
        Optional<String> advice = ForeignWeights.advice(name);
        throw new DeltaPressException(
                advice.map(text -> path + ": holds " + text)
                        .orElse(
                                path
                                        + ": is not a model; expected a Hugging Face folder, a"
                                        + " .safetensors file or an .onnx file"));
    }
}
