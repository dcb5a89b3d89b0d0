package dev.deltapress.checkpoint;

import static dev.deltapress.checkpoint.SafetensorsBytes.entry;
import static dev.deltapress.checkpoint.SafetensorsBytes.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deltapress.DeltaPressException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

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
}
