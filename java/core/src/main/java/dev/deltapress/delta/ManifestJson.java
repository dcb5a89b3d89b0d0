package dev.deltapress.delta;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

import dev.deltapress.MalformedFileException;
import dev.deltapress.delta.Manifest.FileRecord;
import dev.deltapress.delta.Manifest.Head;
import dev.deltapress.delta.Manifest.MethodRecord;
import dev.deltapress.delta.Manifest.Removed;
import dev.deltapress.delta.Manifest.ShardRecord;

import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.exc.InvalidFormatException;
import tools.jackson.databind.json.JsonMapper;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/** The bytes of {@code delta.json}: one record per line, closed by a hash over all the rest. */
final class ManifestJson {
    private static final String SUM = ",\"sum\":\"";
    private static final String END = "\"}\n";
    private static final int CLOSING_BYTES = SUM.length() + Hashes.DIGITS + END.length();

    private static final JsonMapper MAPPER =
            JsonMapper.builder()
                    .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                    .changeDefaultPropertyInclusion(
                            ignored ->
                                    JsonInclude.Value.construct(
                                            JsonInclude.Include.NON_NULL,
                                            JsonInclude.Include.NON_NULL))
                    .build();

    private ManifestJson() {}

    /** The manifest as one object, as a reader sees it. */
    @SuppressWarnings("UnusedMethod") // Jackson calls the constructor.
    private record Document(
            @JsonProperty("deltapress") int version,
            @JsonProperty("method") MethodRecord method,
            @JsonProperty("seed") long seed,
            @JsonProperty("backend") String backend,
            @JsonProperty("zstd") String zstd,
            @JsonProperty("base") String base,
            @JsonProperty("shards") List<ShardRecord> shards,
            @JsonProperty("tensors") List<TensorRecord> tensors,
            @JsonProperty("removed") List<Removed> removed,
            @JsonProperty("files") List<FileRecord> files,
            @JsonProperty("sum") String sum) {

        // Checked here, while Jackson still knows where in the file it is.
        Document {
            requireNonNull(tensors, "tensors");
            requireNonNull(removed, "removed");
            requireNonNull(files, "files");
            new Head(version, method, seed, backend, zstd, base, shards);
        }

        Manifest manifest() {
            Head head = new Head(version, method, seed, backend, zstd, base, shards);
            return new Manifest(head, tensors, removed, files);
        }
    }

    private record Version(@JsonProperty("deltapress") int version) {}

    /** One record of the manifest, without the line feed and comma around it. */
    static String line(Object entry) {
        return MAPPER.writeValueAsString(entry);
    }

    static byte[] write(Manifest manifest) {
        String head = line(manifest.head());
        String body =
                head.substring(0, head.length() - 1)
                        + list("tensors", manifest.tensors())
                        + list("removed", manifest.removed())
                        + list("files", manifest.files());
        String sum = Hashes.of(MemorySegment.ofArray(body.getBytes(StandardCharsets.UTF_8)));
        return (body + SUM + sum + END).getBytes(StandardCharsets.UTF_8);
    }

    private static String list(String name, List<?> entries) {
        return entries.stream()
                .map(ManifestJson::line)
                .collect(Collectors.joining(",\n", ",\"" + name + "\":[\n", "\n]"));
    }

    /**
     * Reads a manifest after checking its hash; what it says of tensors and files is not checked.
     */
    static Manifest read(byte[] bytes, String where) {
        checkClosing(bytes, where);
        try {
            int version =
                    MAPPER.readerFor(Version.class)
                            .without(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                            .<Version>readValue(bytes)
                            .version();
            if (version > Manifest.VERSION) {
                throw new MalformedFileException(
                        "%s: format version %d, this program reads up to %d: written by a newer version"
                                .formatted(where, version, Manifest.VERSION));
            }
            return MAPPER.readValue(bytes, Document.class).manifest();
        } catch (InvalidFormatException e) {
            throw new MalformedFileException(
                    "%s: %s: unknown value '%s': written by a newer version"
                            .formatted(where, e.getPathReference(), e.getValue()),
                    e);
        } catch (JacksonException e) {
            throw new MalformedFileException(
                    "%s: not a manifest: %s".formatted(where, e.getOriginalMessage()), e);
        }
    }

    private static void checkClosing(byte[] bytes, String where) {
        int split = bytes.length - CLOSING_BYTES;
        String closing = split < 0 ? "" : ascii(bytes, split);
        if (!closing.startsWith(SUM) || !closing.endsWith(END)) {
            throw new MalformedFileException(
                    "%s: does not end with its hash: truncated or no delta".formatted(where));
        }
        String found = closing.substring(SUM.length(), SUM.length() + Hashes.DIGITS);
        String expected = Hashes.of(MemorySegment.ofArray(bytes).asSlice(0, split));
        if (!found.equals(expected)) {
            throw new MalformedFileException(
                    "%s: corrupt: its hash is %s, it says %s".formatted(where, expected, found));
        }
    }

    private static String ascii(byte[] bytes, int from) {
        try {
            return StandardCharsets.US_ASCII
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, from, bytes.length - from))
                    .toString();
        } catch (CharacterCodingException e) {
            return "";
        }
    }
}
