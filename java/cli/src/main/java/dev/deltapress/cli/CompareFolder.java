package dev.deltapress.cli;

import dev.deltapress.DeltaPressException;
import dev.deltapress.io.Replaced;
import dev.deltapress.io.Staging;
import dev.deltapress.pipeline.CompareReport;
import dev.deltapress.pipeline.Progress;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The folder that a comparison writes. {@code compare.json} lists its files, and so is the proof
 * that an earlier one is ours to replace.
 *
 * @param replaced what stands there
 * @param keepDeltas whether the deltas are part of it
 */
record CompareFolder(Path out, Replaced replaced, boolean keepDeltas) {

    static final String SUMMARY = "compare.json";
    private static final String DELTAS = "deltas";

    /** The work that is reported on; it writes its deltas to a folder. */
    @FunctionalInterface
    interface Work {
        CompareReport run(Path deltas) throws IOException;
    }

    /**
     * What stands in the way.
     *
     * @throws DeltaPressException if something does that no comparison wrote, or without {@code
     *     force}
     */
    static Replaced replaceable(Path out, boolean force) throws IOException {
        if (!Files.exists(out)) {
            return Replaced.nothing();
        }
        if (!force) {
            throw new DeltaPressException(out + ": exists; --force replaces an earlier comparison");
        }
        Path summary = out.resolve(SUMMARY);
        if (!Files.isRegularFile(summary)) {
            throw new DeltaPressException(
                    "%s: not replaced: DeltaPress did not write it (no %s)"
                            .formatted(out, SUMMARY));
        }
        return Replaced.folder(out, files(summary));
    }

    private static List<String> files(Path summary) throws IOException {
        List<String> files = new ArrayList<>();
        try {
            JsonNode object = new JsonMapper().readTree(Files.readAllBytes(summary));
            if (object.path(CompareView.MARK).isInt()) {
                object.path("files").forEach(file -> files.add(file.asString("")));
            }
        } catch (JacksonException e) {
            throw new DeltaPressException(summary + ": unreadable: " + e.getOriginalMessage(), e);
        }
        return files;
    }

    /** Runs the work; the folder appears when all is written, or not at all. */
    CompareView write(Work work, Progress progress) throws IOException {
        // Before hours of work, not after them.
        String noCharts = whyNoCharts();
        if (noCharts != null) {
            progress.note("no charts: " + noCharts);
        }
        try (Staging staging = Staging.beside(out)) {
            Path folder = staging.folder();
            CompareReport report =
                    work.run(keepDeltas ? Files.createDirectory(folder.resolve(DELTAS)) : folder);
            try {
                CompareView view = write(report, folder, noCharts == null);
                staging.commitFolder(replaced);
                return view;
            } catch (IOException e) {
                throw Staging.unwritable(out, e);
            }
        }
    }

    /** Null where charts can be drawn. */
    private static @Nullable String whyNoCharts() {
        try {
            ChartFiles.probe();
            return null;
        } catch (RuntimeException | LinkageError | InternalError e) {
            // What Java throws depends on whether fonts, their library or java.desktop is missing.
            return "Java cannot draw text here: " + e;
        }
    }

    private CompareView write(CompareReport report, Path folder, boolean charts)
            throws IOException {
        List<String> files = new ArrayList<>();
        files.add(SUMMARY);
        for (Map.Entry<String, Csv> table : new CompareTables(report).files().entrySet()) {
            Files.writeString(folder.resolve(table.getKey()), table.getValue().toString());
            files.add(table.getKey());
        }
        if (charts) {
            files.addAll(ChartFiles.write(new CompareCharts(report).charts(), folder));
        }
        files.addAll(deltas(folder));
        CompareView view = new CompareView(report, out, files);
        Files.writeString(folder.resolve(SUMMARY), Json.line(view.json()) + "\n");
        return view;
    }

    /** The files of the deltas that are kept. */
    private static List<String> deltas(Path folder) throws IOException {
        Path deltas = folder.resolve(DELTAS);
        if (!Files.exists(deltas)) {
            return List.of();
        }
        try (Stream<Path> walked = Files.walk(deltas)) {
            return walked.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString().replace('\\', '/'))
                    .sorted()
                    .toList();
        }
    }
}
