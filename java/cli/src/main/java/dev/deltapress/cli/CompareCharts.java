package dev.deltapress.cli;

import dev.deltapress.pipeline.CompareReport;
import dev.deltapress.pipeline.CompareReport.Reached;
import dev.deltapress.pipeline.CompareReport.Spectrum;
import dev.deltapress.pipeline.TensorReport;

import org.knowm.xchart.XYChart;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;

/** A comparison as charts. */
final class CompareCharts {

    /** The default of compress, at which single matrices are shown if anything reaches it. */
    private static final double USUAL_RATIO = 32;

    private final CompareReport report;
    private final List<Reached> reached;
    private final Set<String> matrices;

    CompareCharts(CompareReport report) {
        this.report = report;
        this.reached =
                report.outcomes().stream()
                        .filter(Reached.class::isInstance)
                        .map(Reached.class::cast)
                        .toList();
        this.matrices =
                reached.stream()
                        .flatMap(outcome -> outcome.verified().tensors().stream())
                        .filter(TensorReport::matrix)
                        .map(TensorReport::name)
                        .collect(Collectors.toSet());
    }

    /** The charts that have anything to show, by the names of their files without an ending. */
    Map<String, XYChart> charts() {
        Map<String, XYChart> charts = new LinkedHashMap<>();
        charts.put("error", errors());
        charts.put("spectra", spectra());
        charts.put("bits", bits());
        charts.put("layer-errors", layerErrors());
        charts.values().removeIf(chart -> chart.getSeriesCollection().isEmpty());
        return charts;
    }

    /** Error against bytes; what compresses no matrix, or has no logarithm, is left out. */
    private XYChart errors() {
        ChartStyle style =
                ChartStyle.of(
                        "Error against bytes",
                        "stored bytes of the compressed matrices (MB)",
                        "relative error of the delta");
        style.logarithmicX();
        boolean wide = isWide(reached.stream().mapToDouble(CompareCharts::error));
        if (wide) {
            style.logarithmicY();
        }
        Map<String, List<Reached>> byMethod =
                reached.stream()
                        .filter(r -> r.compressed().matrices() > 0)
                        .filter(r -> Double.isFinite(error(r)) && (!wide || error(r) > 0))
                        .sorted(Comparator.comparingLong(r -> r.compressed().matrixStoredBytes()))
                        .collect(Collectors.groupingBy(r -> r.method().name()));
        for (String name : methodNames()) {
            List<Reached> points = byMethod.getOrDefault(name, List.of());
            style.method(
                    name,
                    values(points, r -> r.compressed().matrixStoredBytes() / 1e6),
                    values(points, CompareCharts::error));
        }
        return style.chart();
    }

    /** Random drops have errors far above 1, and would flatten the others. */
    private static boolean isWide(DoubleStream values) {
        return values.anyMatch(value -> value > 2);
    }

    private static double error(Reached outcome) {
        return outcome.verified().relativeError();
    }

    private Set<String> methodNames() {
        return reached.stream()
                .map(r -> r.method().name())
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private XYChart spectra() {
        ChartStyle style =
                ChartStyle.of(
                        "Leading singular values of the largest deltas",
                        "component",
                        "singular value over the largest");
        style.logarithmicX();
        style.logarithmicY();
        style.legendBelow();
        for (Spectrum spectrum : report.spectra()) {
            List<Float> values = spectrum.values().stream().filter(value -> value > 0).toList();
            style.line(
                    spectrum.tensor(),
                    numbers(values.size()),
                    values(values, value -> (double) value / values.getFirst()));
        }
        return style.chart();
    }

    private XYChart bits() {
        return layers(
                "Stored bits of each matrix",
                "stored bits per parameter",
                CompareTables::bitsPerParameter);
    }

    private XYChart layerErrors() {
        return layers(
                "Error of each matrix", "relative error of the delta", TensorReport::relativeError);
    }

    /** One line for each method, all at one ratio. */
    private XYChart layers(String title, String axis, ToDoubleFunction<TensorReport> value) {
        double ratio = shownRatio();
        ChartStyle style =
                ChartStyle.of(
                        "%s at %sx".formatted(title, Text.number(ratio)),
                        "matrix, in the order of the model",
                        axis);
        style.numbered(matrices.size());
        Map<String, List<Double>> lines = new LinkedHashMap<>();
        for (Reached one : reached) {
            if (one.method().ratio() == ratio) {
                lines.put(one.method().name(), values(matrices(one), value));
            }
        }
        if (isWide(lines.values().stream().flatMap(List::stream).mapToDouble(v -> v))) {
            style.logarithmicY();
            lines.values().removeIf(line -> line.stream().anyMatch(v -> !(v > 0)));
        } else {
            style.fromZero();
        }
        lines.forEach((name, line) -> style.method(name, numbers(line.size()), line));
        return style.chart();
    }

    /** What any of the methods takes for a matrix. */
    private List<TensorReport> matrices(Reached outcome) {
        return outcome.verified().tensors().stream()
                .filter(tensor -> matrices.contains(tensor.name()))
                .toList();
    }

    /** The ratio nearest to the usual one; of two as near the one that more methods reach. */
    private double shownRatio() {
        Map<Double, Long> counts =
                reached.stream()
                        .collect(
                                Collectors.groupingBy(
                                        r -> r.method().ratio(), Collectors.counting()));
        return counts.entrySet().stream()
                .min(
                        Comparator.<Map.Entry<Double, Long>>comparingDouble(
                                        entry -> Math.abs(Math.log(entry.getKey() / USUAL_RATIO)))
                                .thenComparing(
                                        Map.Entry.comparingByValue(Comparator.reverseOrder())))
                .map(Map.Entry::getKey)
                .orElse(USUAL_RATIO);
    }

    /** 1, 2, 3 and so on. */
    private static List<Double> numbers(int count) {
        List<Double> numbers = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            numbers.add((double) i);
        }
        return numbers;
    }

    private static <T> List<Double> values(List<T> items, ToDoubleFunction<T> value) {
        return items.stream().map(value::applyAsDouble).toList();
    }
}
