package dev.deltapress.cli;

import dev.deltapress.backend.BackendStatus;
import dev.deltapress.cli.Diagnosis.Finding;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

record DoctorView(Diagnosis diagnosis) implements View {

    @Override
    public ObjectNode json() {
        ObjectNode object = Json.object().put("version", diagnosis.version());
        object.put("java", diagnosis.java()).put("java_home", diagnosis.javaHome().toString());
        object.set("vector_api", json(diagnosis.vectorApi()));
        object.set("zstd", json(diagnosis.zstd()));
        object.set("backends", Json.array(diagnosis.backends(), DoctorView::json));
        return object.put("processors", diagnosis.processors())
                .put("memory_bytes", diagnosis.memoryBytes())
                .put("heap_bytes", diagnosis.heapBytes())
                .put("cache_folder", diagnosis.cacheFolder().toString());
    }

    private static JsonNode json(Finding finding) {
        return Json.object().put("ok", finding.ok()).put("detail", finding.detail());
    }

    private static JsonNode json(BackendStatus backend) {
        return Json.object()
                .put("name", backend.name())
                .put("available", backend.available())
                .put("detail", backend.detail());
    }

    @Override
    public String text(boolean all) {
        var lines =
                new Lines()
                        .add("DeltaPress", diagnosis.version())
                        .add("Java", diagnosis.java() + ", " + diagnosis.javaHome())
                        .add("Vector API", diagnosis.vectorApi().detail())
                        .add("zstd", diagnosis.zstd().detail())
                        .add("processors", Integer.toString(diagnosis.processors()))
                        .add("memory", Text.bytes(diagnosis.memoryBytes()))
                        .add("Java heap", "up to " + Text.bytes(diagnosis.heapBytes()))
                        .add("cache folder", diagnosis.cacheFolder().toString());
        for (BackendStatus backend : diagnosis.backends()) {
            String verdict = backend.available() ? "runs: " : "does not run: ";
            lines.add("backend " + backend.name(), verdict + backend.detail());
        }
        return lines.toString();
    }
}
