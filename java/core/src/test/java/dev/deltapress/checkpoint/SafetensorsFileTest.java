package dev.deltapress.checkpoint;

import static dev.deltapress.checkpoint.SafetensorsBytes.entry;
import static dev.deltapress.checkpoint.SafetensorsBytes.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deltapress.DeltaPressException;
import dev.deltapress.MalformedFileException;
import dev.deltapress.checkpoint.SafetensorsHeader.Entry;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Shape;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

class SafetensorsFileTest {
    @TempDir private Path folder;

    private SafetensorsFile open(String header, int dataBytes) {
        return SafetensorsBytes.open(folder, file(header, dataBytes));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{}      ", "{}\t\r\n ", "  {}", "\n\t {  }  "})
    void aFileWithoutTensorsMayHaveWhitespaceAroundItsHeader(String header) {
        try (SafetensorsFile open = open(header, 0)) {
            assertThat(open.header().tensors()).isEmpty();
        }
    }

    @Test
    void aScalarIsOneElement() {
        try (SafetensorsFile open = open("{" + entry("s", "F32", "[]", 0, 4) + "}", 4)) {
            assertThat(open.header().tensors())
                    .containsExactly(new Entry("s", DType.F32, Shape.of(), 0, 4));
        }
    }

    @Test
    void tensorsWithoutBytesShareAPlaceWithOthers() throws IOException {
        String header =
                "{"
                        + entry("b", "U8", "[2]", 0, 2)
                        + ","
                        + entry("z", "F64", "[3,0,5]", 2, 2)
                        + ","
                        + entry("a", "U8", "[0]", 0, 0)
                        + "}";

        try (SafetensorsFile open = open(header, 2);
                Arena arena = Arena.ofConfined()) {
            assertThat(open.header().tensors())
                    .extracting(Entry::name)
                    .containsExactly("a", "b", "z");
            assertThat(open.map("z", arena).byteSize()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void everyTypeIsReadAtItsWidth(DType dtype) {
        int bytes = dtype.bits();

        try (SafetensorsFile open =
                open("{" + entry("w", dtype.name(), "[4,2]", 0, bytes) + "}", bytes)) {
            assertThat(open.header().tensors())
                    .containsExactly(new Entry("w", dtype, Shape.of(4, 2), 0, bytes));
        }
    }

    @Test
    void tensorsAreInTheOrderOfTheirDataNotOfTheHeader() {
        String header =
                "{" + entry("b", "U8", "[3]", 2, 5) + "," + entry("c", "U8", "[2]", 0, 2) + "}";

        try (SafetensorsFile open = open(header, 5)) {
            assertThat(open.header().tensors()).extracting(Entry::name).containsExactly("c", "b");
        }
    }

    @Test
    void metadataIsReadInItsOrder() {
        try (SafetensorsFile open =
                open("{\"__metadata__\":{\"format\":\"pt\",\"a\":\"\\u00e9\"}}", 0)) {
            assertThat(open.header().metadata())
                    .containsExactly(Map.entry("format", "pt"), Map.entry("a", "é"));
        }
    }

    @Test
    void namesMayBeEmptyEscapedOrLong() {
        String longName = "n".repeat(70_000);
        String header =
                "{"
                        + entry("", "U8", "[1]", 0, 1)
                        + ","
                        + entry("\\ud83d\\ude00\\n", "U8", "[1]", 1, 2)
                        + ","
                        + entry(longName, "U8", "[1]", 2, 3)
                        + "}";

        try (SafetensorsFile open = open(header, 3)) {
            assertThat(open.header().tensors())
                    .extracting(Entry::name)
                    .containsExactly("", "😀\n", longName);
        }
    }

    @Test
    void aTensorIsMappedReadOnlyWithItsOwnBytes() throws IOException {
        String header =
                "{" + entry("a", "U8", "[3]", 0, 3) + "," + entry("b", "U8", "[2]", 3, 5) + "}";

        try (SafetensorsFile open = open(header, 5);
                Arena arena = Arena.ofConfined()) {
            MemorySegment b = open.map("b", arena);

            assertThat(b.toArray(ValueLayout.JAVA_BYTE)).containsExactly(3, 4);
            assertThat(b.isReadOnly()).isTrue();
        }
    }

    @Test
    void aMapOutlivesTheFileAndEndsWithItsArena() throws IOException {
        MemorySegment w;
        try (Arena arena = Arena.ofConfined()) {
            try (SafetensorsFile open = open("{" + entry("w", "U8", "[2]", 0, 2) + "}", 2)) {
                w = open.map("w", arena);
            }
            assertThat(w.get(ValueLayout.JAVA_BYTE, 1)).isEqualTo((byte) 1);
        }
        assertThat(w.scope().isAlive()).isFalse();
    }

    @Test
    void aNameThatIsNotInTheFileCannotBeMapped() {
        try (SafetensorsFile open = open("{}", 0);
                Arena arena = Arena.ofConfined()) {
            assertThatThrownBy(() -> open.map("w", arena))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageEndingWith("model.safetensors: no tensor 'w'");
        }
    }

    @Test
    void aFileThatHasShrunkSinceItWasOpenedIsRefusedByName() throws IOException {
        byte[] bytes = file("{" + entry("w", "U8", "[4]", 0, 4) + "}", 4);

        try (SafetensorsFile open = SafetensorsBytes.open(folder, bytes);
                Arena arena = Arena.ofConfined()) {
            Files.write(open.path(), Arrays.copyOf(bytes, bytes.length - 1));

            assertThatThrownBy(() -> open.map("w", arena))
                    .isInstanceOf(MalformedFileException.class)
                    .hasMessage(
                            "%s: was %d bytes long when opened, is %d bytes long now",
                            open.path(), bytes.length, bytes.length - 1);
        }
    }

    @Test
    void theTemplateFilledWithTheTensorsIsTheFile() throws IOException {
        byte[] bytes =
                file(
                        "  {"
                                + entry("b", "U8", "[3]", 2, 5)
                                + ","
                                + entry("c", "U8", "[2]", 0, 2)
                                + "}  ",
                        5);

        try (SafetensorsFile open = SafetensorsBytes.open(folder, bytes);
                Arena arena = Arena.ofConfined()) {
            byte[] filled = Templates.fill(open.template(), name -> open.map(name, arena));

            assertThat(filled).isEqualTo(bytes);
            assertThat(open.template().name()).isEqualTo("model.safetensors");
        }
    }

    @Test
    void aFolderAndAMissingFileAreNoFiles() {
        assertThatThrownBy(() -> SafetensorsFile.open(folder))
                .isInstanceOf(DeltaPressException.class)
                .hasMessage(folder + ": there is no such file");
        assertThatThrownBy(() -> SafetensorsFile.open(folder.resolve("x.safetensors")))
                .isInstanceOf(DeltaPressException.class);
    }
}
