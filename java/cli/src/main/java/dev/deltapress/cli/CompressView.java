package dev.deltapress.cli;

import dev.deltapress.pipeline.CompressReport;

import tools.jackson.databind.node.ObjectNode;

import java.nio.file.Path;

record CompressView(CompressReport report, Path out) implements View {

    @Override
    public ObjectNode json() {
        return json(report);
    }

    static ObjectNode json(CompressReport report) {
        ObjectNode object =
                Json.object()
                        .put("tensors", report.tensors().size())
                        .put("matrices", report.matrices())
                        .put("stored_bytes", report.storedBytes())
                        .put("matrix_stored_bytes", report.matrixStoredBytes())
                        .put("embedding_stored_bytes", report.embeddingStoredBytes())
                        .put("tuned_bytes_16bit", report.tunedBytes16Bit())
                        .put("matrix_bytes_16bit", report.matrixBytes16Bit());
        object.set("file_ratio", Json.number(report.fileRatio()));
        object.set("matrix_ratio", Json.number(report.matrixRatio()));
        object.set("relative_error", Json.number(report.relativeError()));
        object.set("restored_relative_error", Json.number(report.restoredRelativeError()));
        object.set("seconds", Json.number(report.seconds()));
        return object.put("backend", report.backend())
                .put("method", report.method())
                .put("seed", report.seed())
                .put("peak_rss_bytes", report.peakRssBytes());
    }

    @Override
    public String text(boolean all) {
        Lines lines =
                new Lines().add("written", out + " (" + Text.bytes(report.storedBytes()) + ")");
        if (report.matrices() > 0) {
            lines.shrunk(
                    Text.count(report.matrices(), "matrix", "matrices"),
                    report.matrixBytes16Bit(),
                    report.matrixStoredBytes(),
                    report.matrixRatio());
        }
        lines.add("embeddings", Text.bytes(report.embeddingStoredBytes()) + " of the delta")
                .shrunk(
                        "whole model",
                        report.tunedBytes16Bit(),
                        report.storedBytes(),
                        report.fileRatio());
        if (report.matrices() > 0) {
            lines.errors(report.relativeError(), report.restoredRelativeError());
        }
        return lines.add("method", report.method() + ", seed " + report.seed())
                .add("backend", report.backend())
                .took(report.seconds(), report.peakRssBytes())
                .toString();
    }
}
