package dev.deltapress.cli;

import dev.deltapress.pipeline.InspectReport;
import dev.deltapress.pipeline.TensorReport;

import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

record InspectView(InspectReport report) implements View {

    @Override
    public ObjectNode json() {
        ObjectNode object =
                Json.object()
                        .put("format_version", report.formatVersion())
                        .put("method", report.method());
        new TreeMap<>(report.parameters()).forEach(object.putObject("parameters")::put);
        object.put("seed", report.seed())
                .put("backend", report.backend())
                .put("base", report.base())
                .put("stored_bytes", report.storedBytes());
        object.set("tensors", Json.array(report.tensors(), InspectView::tensor));
        ObjectNode files = object.putObject("files");
        new TreeMap<>(report.files())
                .forEach(
                        (name, bytes) ->
                                files.set(name, JsonNodeFactory.instance.numberNode(bytes)));
        return object;
    }

    private static ObjectNode tensor(TensorReport tensor) {
        return Json.tensor(tensor)
                .put("dtype", tensor.dtype().name())
                .put("kind", tensor.kind())
                .put("matrix", tensor.matrix());
    }

    @Override
    public String text(boolean all) {
        var lines =
                new Lines()
                        .add("format", "version " + report.formatVersion())
                        .add("method", method() + ", seed " + report.seed())
                        .add("backend", report.backend())
                        .add("base", report.base())
                        .add("size", Text.bytes(report.storedBytes()));
        bytesByKind().forEach((kind, bytes) -> lines.add(kind, tensorsAndBytes(bytes)));
        new TreeMap<>(report.files())
                .forEach((name, bytes) -> lines.add("file", name + " (" + Text.bytes(bytes) + ")"));
        return lines + TensorTable.bySize(report.tensors(), all);
    }

    private static String tensorsAndBytes(LongSummaryStatistics bytes) {
        return Text.count((int) bytes.getCount(), "tensor", "tensors")
                + ", "
                + Text.bytes(bytes.getSum());
    }

    private String method() {
        return new TreeMap<>(report.parameters())
                .entrySet().stream()
                        .map(parameter -> parameter.getKey() + "=" + parameter.getValue())
                        .collect(Collectors.joining(", ", report.method() + "(", ")"));
    }

    private Map<String, LongSummaryStatistics> bytesByKind() {
        return report.tensors().stream()
                .collect(
                        Collectors.groupingBy(
                                TensorReport::kind,
                                TreeMap::new,
                                Collectors.summarizingLong(TensorReport::storedBytes)));
    }
}
