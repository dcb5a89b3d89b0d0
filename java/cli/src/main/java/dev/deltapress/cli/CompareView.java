package dev.deltapress.cli;

import dev.deltapress.method.Method;
import dev.deltapress.pipeline.CompareReport;
import dev.deltapress.pipeline.CompareReport.Outcome;
import dev.deltapress.pipeline.CompareReport.Reached;
import dev.deltapress.pipeline.CompareReport.Unreached;
import dev.deltapress.pipeline.CompressReport;
import dev.deltapress.pipeline.VerifyReport;

import tools.jackson.databind.node.ObjectNode;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What a comparison found.
 *
 * @param out the folder that was written
 * @param files in it, with slashes
 */
record CompareView(CompareReport report, Path out, List<String> files) implements View {

    /** The key that makes a {@code compare.json} ours. */
    static final String MARK = "deltapress_compare";

    private static final int VERSION = 1;

    @Override
    public ObjectNode json() {
        ObjectNode object = Json.object().put(MARK, VERSION);
        object.set("rows", Json.array(report.outcomes(), CompareView::row));
        object.put("backend", report.backend()).put("seed", report.seed());
        object.set("seconds", Json.number(report.seconds()));
        object.put("peak_rss_bytes", report.peakRssBytes());
        object.set("files", Json.strings(files));
        return object;
    }

    /** The same keys for all; null where nothing was reached. */
    private static ObjectNode row(Outcome outcome) {
        Method method = outcome.method();
        ObjectNode row = Json.object().put("method", method.name());
        ObjectNode parameters = row.putObject("parameters");
        method.parameters().forEach(parameters::put);
        row.set("ratio", Json.number(method.ratio()));
        switch (outcome) {
            case Reached reached -> {
                CompressReport compressed = reached.compressed();
                VerifyReport verified = reached.verified();
                row.put("reached", true).putNull("reason");
                row.set("matrix_ratio", Json.number(compressed.matrixRatio()));
                row.set("file_ratio", Json.number(compressed.fileRatio()));
                row.put("stored_bytes", compressed.storedBytes());
                row.put("matrix_stored_bytes", compressed.matrixStoredBytes());
                row.set("relative_error", Json.number(verified.relativeError()));
                row.set("restored_relative_error", Json.number(verified.restoredRelativeError()));
                row.set("seconds", Json.number(compressed.seconds()));
            }
            case Unreached unreached -> {
                row.put("reached", false).put("reason", unreached.reason());
                row.putNull("matrix_ratio").putNull("file_ratio").putNull("stored_bytes");
                row.putNull("matrix_stored_bytes").putNull("relative_error");
                row.putNull("restored_relative_error").putNull("seconds");
            }
        }
        return row;
    }

    @Override
    public String text(boolean all) {
        var table =
                new Table(
                        "method",
                        "asked",
                        "matrices",
                        "ratio",
                        "file",
                        "ratio",
                        "error",
                        "restored",
                        "time");
        report.outcomes().forEach(outcome -> row(table, outcome));
        var lines = new Lines();
        Set<String> told = new HashSet<>();
        for (Outcome outcome : report.outcomes()) {
            // The first reason names the best ratio, and so do the others.
            if (outcome instanceof Unreached unreached && told.add(unreached.method().name())) {
                lines.add("not reached", unreached.reason());
            }
        }
        if (report.outcomes().stream().anyMatch(CompareView::isAboveOne)) {
            lines.add("error", "above 1 is normal where entries are dropped at random");
        }
        return table
                + lines.add("written", out + " (" + String.join(", ", shown(all)) + ")")
                        .add("backend", report.backend())
                        .took(report.seconds(), report.peakRssBytes())
                        .toString();
    }

    private static void row(Table table, Outcome outcome) {
        Method method = outcome.method();
        String ratio = Text.number(method.ratio()) + "x";
        switch (outcome) {
            case Reached reached -> {
                CompressReport compressed = reached.compressed();
                boolean matrices = compressed.matrices() > 0;
                table.row(
                        method.name(),
                        ratio,
                        matrices ? Text.bytes(compressed.matrixStoredBytes()) : "-",
                        matrices ? Text.ratio(compressed.matrixRatio()) : "-",
                        Text.bytes(compressed.storedBytes()),
                        Text.ratio(compressed.fileRatio()),
                        Text.error(reached.verified().relativeError()),
                        Text.error(reached.verified().restoredRelativeError()),
                        Text.seconds(compressed.seconds()));
            }
            case Unreached _ ->
                    table.row(method.name(), ratio, "not reached", "-", "-", "-", "-", "-", "-");
        }
    }

    private static boolean isAboveOne(Outcome outcome) {
        return outcome instanceof Reached reached && reached.verified().relativeError() > 1;
    }

    /** Deltas have folders of their own. */
    private List<String> shown(boolean all) {
        return files.stream().filter(file -> all || file.indexOf('/') < 0).toList();
    }
}
