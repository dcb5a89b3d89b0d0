package dev.deltapress.cli;

import dev.deltapress.pipeline.RestoreReport;

import tools.jackson.databind.node.ObjectNode;

import java.nio.file.Path;

record RestoreView(RestoreReport report, Path out) implements View {

    @Override
    public ObjectNode json() {
        ObjectNode object =
                Json.object()
                        .put("tensors", report.tensors())
                        .put("matrices", report.matrices())
                        .put("written_bytes", report.writtenBytes());
        object.set("seconds", Json.number(report.seconds()));
        return object.put("backend", report.backend()).put("peak_rss_bytes", report.peakRssBytes());
    }

    @Override
    public String text(boolean all) {
        String matrices = Text.count(report.matrices(), "matrix", "matrices");
        return new Lines()
                .add("written", out + " (" + Text.bytes(report.writtenBytes()) + ")")
                .add("tensors", report.tensors() + ", of which " + matrices + " decompressed")
                .add("backend", report.backend())
                .took(report.seconds(), report.peakRssBytes())
                .toString();
    }
}
