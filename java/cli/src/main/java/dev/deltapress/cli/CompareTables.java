package dev.deltapress.cli;

import dev.deltapress.method.Method;
import dev.deltapress.pipeline.CompareReport;
import dev.deltapress.pipeline.CompareReport.Outcome;
import dev.deltapress.pipeline.CompareReport.Reached;
import dev.deltapress.pipeline.CompareReport.Spectrum;
import dev.deltapress.pipeline.CompareReport.Unreached;
import dev.deltapress.pipeline.TensorReport;
import dev.deltapress.tensor.Shape;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** A comparison as tables for other programs. */
record CompareTables(CompareReport report) {

    /** The tables by the names of their files. */
    Map<String, Csv> files() {
        Map<String, Csv> files = new LinkedHashMap<>();
        files.put("compare.csv", methods());
        files.put("layers.csv", layers());
        files.put("spectra.csv", spectra());
        return files;
    }

    private Csv methods() {
        var csv =
                new Csv(
                        "method",
                        "parameters",
                        "ratio",
                        "reached",
                        "matrix_ratio",
                        "file_ratio",
                        "stored_bytes",
                        "matrix_stored_bytes",
                        "relative_error",
                        "restored_relative_error",
                        "seconds",
                        "reason");
        for (Outcome outcome : report.outcomes()) {
            Method method = outcome.method();
            String name = method.name();
            String parameters = parameters(method);
            switch (outcome) {
                case Reached reached ->
                        csv.row(
                                name,
                                parameters,
                                method.ratio(),
                                "yes",
                                reached.compressed().matrixRatio(),
                                reached.compressed().fileRatio(),
                                reached.compressed().storedBytes(),
                                reached.compressed().matrixStoredBytes(),
                                reached.verified().relativeError(),
                                reached.verified().restoredRelativeError(),
                                reached.compressed().seconds(),
                                "");
                case Unreached unreached ->
                        csv.row(
                                name,
                                parameters,
                                method.ratio(),
                                "no",
                                "",
                                "",
                                "",
                                "",
                                "",
                                "",
                                "",
                                unreached.reason());
            }
        }
        return csv;
    }

    private static String parameters(Method method) {
        return method.parameters().entrySet().stream()
                .map(Map.Entry::toString)
                .collect(Collectors.joining(" "));
    }

    private Csv layers() {
        var csv =
                new Csv(
                        "method",
                        "ratio",
                        "tensor",
                        "shape",
                        "stored_as",
                        "stored_bytes",
                        "relative_error",
                        "bits_per_parameter");
        for (Outcome outcome : report.outcomes()) {
            if (outcome instanceof Reached reached) {
                for (TensorReport tensor : reached.verified().tensors()) {
                    csv.row(
                            reached.method().name(),
                            reached.method().ratio(),
                            tensor.name(),
                            shape(tensor.shape()),
                            tensor.kind(),
                            tensor.storedBytes(),
                            tensor.relativeError(),
                            bitsPerParameter(tensor));
                }
            }
        }
        return csv;
    }

    private Csv spectra() {
        var csv = new Csv("tensor", "shape", "component", "singular_value");
        for (Spectrum spectrum : report.spectra()) {
            int component = 1;
            for (float value : spectrum.values()) {
                csv.row(spectrum.tensor(), shape(spectrum.shape()), component, value);
                component++;
            }
        }
        return csv;
    }

    private static String shape(Shape shape) {
        return shape.dimensions().stream().map(String::valueOf).collect(Collectors.joining("x"));
    }

    /** Bits on disk, with header and record, for each element of the tensor. */
    static double bitsPerParameter(TensorReport tensor) {
        return 8.0 * tensor.storedBytes() / tensor.shape().elements();
    }
}
