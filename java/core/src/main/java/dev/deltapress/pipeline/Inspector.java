package dev.deltapress.pipeline;

import dev.deltapress.delta.DeltaReader;
import dev.deltapress.delta.Manifest.FileRecord;
import dev.deltapress.delta.Manifest.Head;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Tells what is in a delta. */
public final class Inspector {

    private Inspector() {}

    /** Opens a delta, which checks all its hashes, and lists what it holds. */
    public static InspectReport inspect(Path folder) throws IOException {
        try (DeltaReader delta = DeltaReader.open(folder)) {
            Head head = delta.manifest().head();
            List<TensorReport> tensors =
                    delta.manifest().tensors().stream()
                            .map(record -> TensorReports.of(record, delta, Double.NaN))
                            .toList();
            Map<String, Long> files = new TreeMap<>();
            for (FileRecord file : delta.copies()) {
                files.put(file.name(), file.bytes());
            }
            return new InspectReport(
                    head.version(),
                    head.method().name(),
                    head.method().parameters(),
                    head.seed(),
                    head.backend(),
                    head.base(),
                    tensors,
                    files,
                    delta.totalBytes());
        }
    }
}
