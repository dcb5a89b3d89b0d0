package dev.deltapress.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deltapress.MalformedFileException;
import dev.deltapress.delta.Manifest.FileKind;
import dev.deltapress.delta.Manifest.FileRecord;
import dev.deltapress.delta.Manifest.Head;
import dev.deltapress.delta.Manifest.MethodRecord;
import dev.deltapress.delta.Manifest.Removed;
import dev.deltapress.delta.Manifest.ShardRecord;
import dev.deltapress.delta.TensorRecord.Kind;
import dev.deltapress.tensor.DType;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.TreeMap;

class ManifestJsonTest {
    private static final String SUM = "0123456789abcdef0123456789abcdef";

    @Test
    void aManifestReadsBackAsItWasWritten() {
        Manifest manifest = manifest();

        assertThat(ManifestJson.read(ManifestJson.write(manifest), "delta.json"))
                .isEqualTo(manifest);
    }

    @Test
    void aRecordIsOneCompactLineWithoutWhatIsAbsent() {
        assertThat(ManifestJson.line(manifest().tensors().getFirst()))
                .isEqualTo(
                        "{\"id\":0,\"name\":\"a.weight\",\"kind\":\"factors\",\"dtype\":\"BF16\","
                                + "\"shape\":[64,65],\"base\":\"%1$s\",\"sum\":\"%1$s\"}"
                                        .formatted(SUM));
    }

    @Test
    void everyFlippedBitIsFound() {
        byte[] written = ManifestJson.write(manifest());
        for (int bit = 0; bit < 8 * written.length; bit++) {
            byte[] flipped = written.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            assertThatThrownBy(() -> ManifestJson.read(flipped, "delta.json"))
                    .as("bit %d", bit)
                    .isInstanceOf(MalformedFileException.class)
                    .hasMessageStartingWith("delta.json: ");
        }
    }

    @Test
    void everyTruncationIsFound() {
        byte[] written = ManifestJson.write(manifest());
        for (int length = 0; length < written.length; length++) {
            byte[] cut = java.util.Arrays.copyOf(written, length);
            assertThatThrownBy(() -> ManifestJson.read(cut, "delta.json"))
                    .isInstanceOf(MalformedFileException.class);
        }
    }

    @Test
    void aGreaterVersionWasWrittenByANewerProgram() {
        byte[] newer = resealed("\"deltapress\":1", "\"deltapress\":2,\"surprise\":[]");

        assertThatThrownBy(() -> ManifestJson.read(newer, "delta.json"))
                .hasMessage(
                        "delta.json: format version 2, this program reads up to 1: written by a newer version");
    }

    @Test
    void anUnknownKindWasWrittenByANewerProgram() {
        byte[] newer = resealed("\"kind\":\"factors\"", "\"kind\":\"surprise\"");

        assertThatThrownBy(() -> ManifestJson.read(newer, "delta.json"))
                .isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("unknown value 'surprise': written by a newer version");
    }

    @Test
    void aMemberTwiceAnUnknownOneAndAMissingOneAreRefused() {
        for (byte[] bad :
                List.of(
                        resealed("\"seed\":5", "\"seed\":5,\"seed\":6"),
                        resealed("\"seed\":5", "\"seed\":5,\"sede\":6"),
                        resealed("\"backend\":\"java\",", ""),
                        resealed("\"name\":\"a.weight\",", ""),
                        resealed("\"seed\":5", "\"seed\":\"five\""))) {
            assertThatThrownBy(() -> ManifestJson.read(bad, "delta.json"))
                    .isInstanceOf(MalformedFileException.class)
                    .hasMessageStartingWith("delta.json: ");
        }
    }

    /** The manifest with a change that its hash covers, as another program would write it. */
    private static byte[] resealed(String from, String to) {
        String text = new String(ManifestJson.write(manifest()), StandardCharsets.UTF_8);
        assertThat(text).contains(from);
        String body = text.substring(0, text.lastIndexOf(",\"sum\"")).replace(from, to);
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        String seal = ",\"sum\":\"" + Hashes.of(MemorySegment.ofArray(bytes)) + "\"}\n";
        return (body + seal).getBytes(StandardCharsets.UTF_8);
    }

    private static Manifest manifest() {
        TreeMap<String, String> parameters = new TreeMap<>();
        parameters.put("beta", "0.6");
        Head head =
                new Head(
                        1,
                        new MethodRecord("impart", 32, parameters),
                        5,
                        "java",
                        "1.5.7",
                        "base",
                        List.of(new ShardRecord("delta.safetensors", 100, SUM)));
        TensorRecord matrix =
                new TensorRecord(
                        0,
                        "a.weight",
                        null,
                        Kind.FACTORS,
                        DType.BF16,
                        List.of(64L, 65L),
                        SUM,
                        null,
                        null,
                        SUM,
                        null);
        TensorRecord table =
                new TensorRecord(
                        1,
                        "é\n\"",
                        "/node",
                        Kind.EQUAL,
                        DType.F32,
                        List.of(70L, 64L),
                        SUM,
                        "b",
                        66L,
                        null,
                        SUM);
        return new Manifest(
                head,
                List.of(matrix, table),
                List.of(new Removed("gone", SUM)),
                List.of(new FileRecord("f0", "config.json", FileKind.COPY, 7, SUM)));
    }
}
