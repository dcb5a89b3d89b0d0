package dev.deltapress.cli;

import dev.deltapress.pipeline.VerifyReport;

import tools.jackson.databind.node.ObjectNode;

record VerifyView(VerifyReport report) implements View {

    @Override
    public ObjectNode json() {
        // A report exists only where nothing was wrong.
        ObjectNode object = Json.object().put("ok", true);
        object.set("checked", Json.strings(report.checked()));
        object.set("relative_error", Json.number(report.relativeError()));
        object.set("restored_relative_error", Json.number(report.restoredRelativeError()));
        object.set("tensors", Json.array(report.tensors(), Json::tensor));
        object.set("seconds", Json.number(report.seconds()));
        return object;
    }

    @Override
    public String text(boolean all) {
        var lines =
                new Lines()
                        .add("verified", String.join(", ", report.checked()))
                        .add("took", Text.seconds(report.seconds()));
        if (Double.isNaN(report.relativeError())) {
            return lines + (all ? TensorTable.bySize(report.tensors(), true) : "");
        }
        lines.errors(report.relativeError(), report.restoredRelativeError());
        return lines + TensorTable.byError(report.tensors(), all);
    }
}
