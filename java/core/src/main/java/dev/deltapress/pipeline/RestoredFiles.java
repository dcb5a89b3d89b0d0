package dev.deltapress.pipeline;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonProperty;

import dev.deltapress.DeltaPressException;
import dev.deltapress.io.Replaced;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The hidden note beside a restored model that lists what we wrote, so that {@code --force}
 * replaces a result of ours and nothing else.
 *
 * @param files plain names
 */
record RestoredFiles(
        @JsonProperty("deltapress") int version, @JsonProperty("files") List<String> files) {
    private static final String NOTE = ".deltapress.json";
    private static final JsonMapper MAPPER = new JsonMapper();

    RestoredFiles {
        files = List.copyOf(requireNonNull(files, "files"));
    }

    /** Name of the note of that output: inside a folder, beside a single file. */
    static String noteName(Path out) {
        return RestoreLayout.isSingleFile(out) ? "." + out.getFileName() + NOTE : NOTE;
    }

    static byte[] note(List<String> files) {
        return MAPPER.writeValueAsBytes(new RestoredFiles(1, files));
    }

    /**
     * What stands in the way of an output.
     *
     * @throws DeltaPressException if something does that we did not write, or without {@code force}
     */
    static Replaced replaceable(Path out, boolean force) throws IOException {
        if (!Files.exists(out)) {
            return Replaced.nothing();
        }
        if (!force) {
            throw new DeltaPressException(out + ": exists; --force replaces an earlier result");
        }
        boolean single = RestoreLayout.isSingleFile(out);
        Path note = single ? out.resolveSibling(noteName(out)) : out.resolve(NOTE);
        List<String> ours = new ArrayList<>(read(out, note));
        ours.add(note.getFileName().toString());
        return single
                ? Replaced.files(ours.stream().map(out::resolveSibling).toList())
                : Replaced.folder(out, ours);
    }

    private static List<String> read(Path out, Path note) throws IOException {
        if (!Files.isRegularFile(note)) {
            throw new DeltaPressException(
                    out
                            + ": not replaced: DeltaPress did not write it (no "
                            + note.getFileName()
                            + ")");
        }
        try {
            return MAPPER.readValue(Files.readAllBytes(note), RestoredFiles.class).files();
        } catch (JacksonException e) {
            throw new DeltaPressException(note + ": unreadable: " + e.getOriginalMessage(), e);
        }
    }
}
