package dev.deltapress.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deltapress.method.DeltaCome;
import dev.deltapress.method.ImPart;
import dev.deltapress.method.LowRank;
import dev.deltapress.method.Method;
import dev.deltapress.pipeline.CompareReport;
import dev.deltapress.pipeline.CompareReport.Outcome;
import dev.deltapress.pipeline.CompareReport.Reached;
import dev.deltapress.pipeline.CompareReport.Spectrum;
import dev.deltapress.pipeline.CompressReport;
import dev.deltapress.pipeline.TensorReport;
import dev.deltapress.pipeline.VerifyReport;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Shape;

import org.junit.jupiter.api.Test;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Which numbers the charts show. */
class CompareChartsTest {

    @Test
    void errorsStandAgainstMegabytesInAscendingOrder() {
        XYSeries impart =
                series(
                        chart(
                                "error",
                                reached(ImPart.ratio(8), 0.9),
                                reached(ImPart.ratio(32), 1.1)),
                        "impart");

        assertThat(impart.getXData()).containsExactly(1, 4);
        assertThat(impart.getYData()).containsExactly(1.1, 0.9);
    }

    @Test
    void whatCompressesNoMatrixHasNoPlaceAmongTheErrors() {
        Reached exact = reached(new LowRank(8), 0);
        CompressReport report = exact.compressed();
        var none =
                new CompressReport(
                        report.tensors(), 0, 9, 9, 1, 0, 0, 0, 0, 1, "java", "lowrank", 0, 1);

        assertThat(
                        chart(
                                        "error",
                                        new Reached(exact.method(), none, exact.verified()),
                                        reached(ImPart.ratio(8), 0.5))
                                .getSeriesCollection())
                .hasSize(1);
    }

    @Test
    void aMethodHasOneColourAndMarkerInAllCharts() {
        Outcome[] both = {reached(new LowRank(32), 0.5), reached(DeltaCome.ratio(32), 0.4)};
        Outcome[] one = {reached(DeltaCome.ratio(32), 0.4)};

        XYSeries among = series(chart("error", both), "delta-come");
        XYSeries alone = series(chart("bits", one), "delta-come");
        XYSeries other = series(chart("error", both), "lowrank");

        assertThat(alone.getLineColor()).isEqualTo(among.getLineColor());
        assertThat(alone.getMarker()).isSameAs(among.getMarker());
        assertThat(other.getLineColor()).isNotEqualTo(among.getLineColor());
        assertThat(other.getMarker()).isNotSameAs(among.getMarker());
    }

    @Test
    void layersAreShownAtOneRatioForAllMethods() {
        XYChart bits =
                chart(
                        "bits",
                        reached(new LowRank(8), 0.3),
                        reached(new LowRank(64), 0.6),
                        reached(ImPart.ratio(64), 0.7),
                        reached(ImPart.ratio(16), 0.5));

        assertThat(bits.getTitle()).isEqualTo("Stored bits of each matrix at 64x");
        // The bias between the matrices is no matrix.
        assertThat(series(bits, "lowrank").getXData()).containsExactly(1, 2);
        assertThat(series(bits, "lowrank").getYData()).containsExactly(0.25, 0.5);
        assertThat(bits.getSeriesCollection()).hasSize(2);
    }

    @Test
    void layersAreShownAsNearTo32AsAnyMethodReaches() {
        XYChart errors =
                chart(
                        "layer-errors",
                        reached(new LowRank(8), 0.3),
                        reached(ImPart.ratio(8), 0.3),
                        reached(new LowRank(40), 0.3),
                        reached(new LowRank(128), 0.3));

        assertThat(errors.getTitle()).isEqualTo("Error of each matrix at 40x");
    }

    @Test
    void errorsFarAboveOneAreOnALogarithmicAxis() {
        Outcome exact = reached(new LowRank(32), 0);
        XYChart near = chart("error", exact, reached(ImPart.ratio(32), 1.2));
        XYChart far = chart("error", exact, reached(ImPart.ratio(32), 5.6));

        assertThat(near.getStyler().isYAxisLogarithmic()).isFalse();
        assertThat(near.getSeriesCollection()).hasSize(2);
        assertThat(far.getStyler().isYAxisLogarithmic()).isTrue();
        assertThat(far.getSeriesCollection()).as("zero has no logarithm").hasSize(1);
    }

    @Test
    void spectraBeginAtOneAndLeaveZerosOut() {
        XYSeries spectrum = series(chart("spectra", reached(new LowRank(8), 0.1)), "w");

        assertThat(spectrum.getXData()).containsExactly(1, 2);
        assertThat(spectrum.getYData()).containsExactly(1, 0.5);
    }

    @Test
    void aChartWithNothingToShowIsNotMade() {
        var nothing = new CompareReport(List.of(), List.of(), "java", 0, 1, 1);

        assertThat(new CompareCharts(nothing).charts()).isEmpty();
    }

    private static XYChart chart(String name, Outcome... outcomes) {
        var spectrum = new Spectrum("w", Shape.of(64, 64), List.of(4f, 2f, 0f));
        var report = new CompareReport(List.of(outcomes), List.of(spectrum), "java", 0, 1, 1);
        Map<String, XYChart> charts = new CompareCharts(report).charts();
        return Objects.requireNonNull(charts.get(name), name);
    }

    private static XYSeries series(XYChart chart, String name) {
        return Objects.requireNonNull(chart.getSeries(name), name);
    }

    /** Takes 32 MB over its ratio. */
    private static Reached reached(Method method, double error) {
        List<TensorReport> tensors =
                List.of(
                        tensor("a", true, 128, error),
                        tensor("bias", false, 16, 0),
                        tensor("b", true, 256, error));
        long bytes = (long) (32e6 / method.ratio());
        return new Reached(
                method,
                new CompressReport(
                        tensors, 2, bytes, bytes, 1, 1, 0, error, error, 1, "java", "", 0, 1),
                new VerifyReport(List.of("errors"), tensors, error, error, 1));
    }

    private static TensorReport tensor(String name, boolean matrix, long bytes, double error) {
        return new TensorReport(
                name, DType.F32, Shape.of(64, 64), "factors", matrix, bytes, error, 1);
    }
}
