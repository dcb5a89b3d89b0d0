package dev.deltapress.cli;

import dev.deltapress.pipeline.PlanReport;

import tools.jackson.databind.node.ObjectNode;

record PlanView(PlanReport report) implements View {

    @Override
    public ObjectNode json() {
        ObjectNode object =
                Json.object()
                        .put("tensors", report.tensors().size())
                        .put("matrices", report.matrices())
                        .put("tuned_bytes_16bit", report.tunedBytes16Bit())
                        .put("matrix_bytes_16bit", report.matrixBytes16Bit())
                        .put("matrix_budget_bytes", report.matrixBudgetBytes())
                        .put("estimated_bytes", report.estimatedBytes());
        object.set("estimated_seconds", Json.number(report.estimatedSeconds()));
        object.put("peak_memory_bytes", report.peakMemoryBytes())
                .put("backend", report.backend())
                .put("method", report.method());
        object.set("notes", Json.strings(report.notes()));
        return object;
    }

    @Override
    public String text(boolean all) {
        var lines = new Lines();
        if (report.matrices() > 0) {
            lines.shrunk(
                    Text.count(report.matrices(), "matrix", "matrices"),
                    report.matrixBytes16Bit(),
                    report.matrixBudgetBytes(),
                    (double) report.matrixBytes16Bit() / report.matrixBudgetBytes());
        }
        lines.shrunk(
                        "whole model",
                        report.tunedBytes16Bit(),
                        report.estimatedBytes(),
                        (double) report.tunedBytes16Bit() / report.estimatedBytes())
                .add("method", report.method())
                .add("backend", report.backend())
                .add(
                        "needs",
                        "about "
                                + Text.seconds(report.estimatedSeconds())
                                + " and "
                                + Text.bytes(report.peakMemoryBytes())
                                + " of memory");
        report.notes().forEach(note -> lines.add("note", note));
        return lines + (all ? TensorTable.bySize(report.tensors(), true) : "");
    }
}
