package dev.deltapress.checkpoint;

import static dev.deltapress.checkpoint.SafetensorsBytes.entry;
import static dev.deltapress.checkpoint.SafetensorsBytes.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deltapress.DeltaPressException;
import dev.deltapress.tensor.TensorInfo;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

class CheckpointsTest {
    private static final byte[] W = file("{" + entry("w", "U8", "[2]", 0, 2) + "}", 2);

    @TempDir private Path folder;

    @Test
    void aFolderIsOpenedAsAHuggingFaceModel() throws IOException {
        Files.write(folder.resolve("model.safetensors"), W);

        try (Checkpoint model = Checkpoints.open(folder)) {
            assertThat(model).isInstanceOf(HuggingFaceFolder.class);
        }
    }

    @Test
    void aSingleFileHasTensorsAndATemplateButNoCompanions() throws IOException {
        Path path = Files.write(folder.resolve("x.safetensors"), W);
        Files.writeString(folder.resolve("config.json"), "{}");

        try (Checkpoint model = Checkpoints.open(path)) {
            assertThat(model).isInstanceOf(SafetensorsCheckpoint.class);
            assertThat(model.tensors().keySet()).containsExactly("w");
            assertThat(model.templates())
                    .extracting(FileTemplate::name)
                    .containsExactly("x.safetensors");
            assertThat(model.companions()).isEmpty();
            assertThat(model.tiesEmbeddings()).isFalse();
        }
    }

    @Test
    void otherFormatsAreFoundAsServices() throws IOException {
        Path path = Files.writeString(folder.resolve("x.nothing"), "x");

        try (Checkpoint model = Checkpoints.open(path)) {
            assertThat(model).isInstanceOf(EmptyCheckpoint.class);
        }
    }

    @Test
    void aMissingPathIsNamed() {
        assertThatThrownBy(() -> Checkpoints.open(folder.resolve("nowhere")))
                .isInstanceOf(DeltaPressException.class)
                .hasMessage(folder.resolve("nowhere") + ": there is no such file or folder");
    }

    @ParameterizedTest
    @CsvSource({
        "pytorch_model.bin, holds pickled PyTorch weights",
        "model.pt, holds pickled PyTorch weights",
        "model.pth, holds pickled PyTorch weights",
        "llama.Q4_0.GGUF, holds GGUF weights",
        "tf_model.h5, holds TensorFlow or Flax weights",
        "model.zip, is not a model; expected a Hugging Face folder",
    })
    void aFileOfAnotherKindIsRefusedWithWhatToDo(String name, String message) throws IOException {
        Path path = Files.writeString(folder.resolve(name), "x");

        assertThatThrownBy(() -> Checkpoints.open(path))
                .isInstanceOf(DeltaPressException.class)
                .hasMessageStartingWith(path + ": " + message);
    }

    /**
     * A format of this test, registered under META-INF/services: a file is a model of no tensors.
     */
    public static final class EmptyFormat implements CheckpointFormat {
        @Override
        public boolean recognises(Path path) {
            return path.toString().endsWith(".nothing");
        }

        @Override
        public Checkpoint open(Path path) {
            return new EmptyCheckpoint(path);
        }
    }

    private record EmptyCheckpoint(Path path) implements Checkpoint {
        @Override
        public SequencedMap<String, TensorInfo> tensors() {
            return new LinkedHashMap<>();
        }

        @Override
        public MemorySegment map(String name, Arena arena) {
            throw new IllegalArgumentException(name);
        }

        @Override
        public List<FileTemplate> templates() {
            return List.of();
        }

        @Override
        public List<String> companions() {
            return List.of();
        }

        @Override
        public boolean tiesEmbeddings() {
            return false;
        }

        @Override
        public void close() {}
    }
}
