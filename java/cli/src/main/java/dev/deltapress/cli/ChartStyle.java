package dev.deltapress.cli;

import dev.deltapress.method.Methods;

import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

import java.awt.BasicStroke;
import java.awt.Color;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Locale;

/** What all charts look like. A method has one colour and marker in all of them. */
final class ChartStyle {

    static final int WIDTH = 960;
    static final int HEIGHT = 640;

    private static final int MARKER_SIZE = 7;
    private static final int DENSE_MARKER_SIZE = 4;
    private static final float LINE_WIDTH = 2;
    private static final float DENSE_LINE_WIDTH = 1;
    private static final String NUMBERS = "#0.######";

    /** Apart from each other also for the colour-blind, as far as twelve can be. */
    private static final List<Color> COLOURS =
            List.of(
                    new Color(0x0072B2),
                    new Color(0xD55E00),
                    new Color(0x009E73),
                    new Color(0xCC79A7),
                    new Color(0xE69F00),
                    new Color(0x56B4E9),
                    new Color(0x000000),
                    new Color(0x882255),
                    new Color(0x999933),
                    new Color(0x6A3D9A),
                    new Color(0x8C564B),
                    new Color(0x7F7F7F));

    private static final List<Marker> MARKERS =
            List.of(
                    SeriesMarkers.CIRCLE,
                    SeriesMarkers.SQUARE,
                    SeriesMarkers.DIAMOND,
                    SeriesMarkers.TRIANGLE_UP,
                    SeriesMarkers.TRIANGLE_DOWN,
                    SeriesMarkers.CROSS,
                    SeriesMarkers.PLUS);

    private final XYChart chart;

    private float lineWidth = LINE_WIDTH;

    private ChartStyle(XYChart chart) {
        this.chart = chart;
    }

    /** An empty chart. */
    static ChartStyle of(String title, String xAxis, String yAxis) {
        XYChart chart =
                new XYChartBuilder()
                        .width(WIDTH)
                        .height(HEIGHT)
                        .title(title)
                        .xAxisTitle(xAxis)
                        .yAxisTitle(yAxis)
                        .build();
        XYStyler styler = chart.getStyler();
        styler.setLocale(Locale.ROOT);
        styler.setChartBackgroundColor(Color.WHITE);
        styler.setPlotBorderVisible(false);
        styler.setLegendBorderColor(Color.WHITE);
        styler.setMarkerSize(MARKER_SIZE);
        styler.setAxisTickLabelsFont(styler.getBaseFont());
        styler.setXAxisDecimalPattern(NUMBERS);
        styler.setYAxisDecimalPattern(NUMBERS);
        return new ChartStyle(chart);
    }

    void logarithmicX() {
        XYStyler styler = chart.getStyler();
        styler.setXAxisLogarithmic(true);
        styler.setXAxisLogarithmicDecadeOnly(false);
        styler.setXAxisTickLabelsFormattingFunction(ChartStyle::onLogarithmicAxis);
    }

    void logarithmicY() {
        XYStyler styler = chart.getStyler();
        styler.setYAxisLogarithmic(true);
        styler.setYAxisLogarithmicDecadeOnly(false);
        styler.setYAxisTickLabelsFormattingFunction(ChartStyle::onLogarithmicAxis);
    }

    /** Nothing for 4 and 6 to 9, whose labels would run into each other. */
    private static String onLogarithmicAxis(double value) {
        String digits = new BigDecimal(value).round(new MathContext(1)).toPlainString();
        boolean shown = digits.chars().anyMatch(c -> "1235".indexOf(c) >= 0);
        return shown ? digits : "";
    }

    void fromZero() {
        chart.getStyler().setYAxisMin(0.0);
    }

    /**
     * For a point on each line for each of so many numbered things. The axis ends between numbers,
     * for ticks at round ones.
     */
    void numbered(int count) {
        chart.getStyler().setXAxisMin(0.5);
        chart.getStyler().setXAxisMax(count + 0.5);
        chart.getStyler().setMarkerSize(DENSE_MARKER_SIZE);
        lineWidth = DENSE_LINE_WIDTH;
    }

    /** For long names. */
    void legendBelow() {
        chart.getStyler().setLegendPosition(LegendPosition.OutsideS);
        chart.getStyler().setLegendLayout(LegendLayout.Vertical);
    }

    /** A line with markers, unless there is nothing to draw. */
    void method(String name, List<Double> x, List<Double> y) {
        if (!x.isEmpty()) {
            int known = Methods.names().indexOf(name);
            int number = known >= 0 ? known : Methods.names().size() + seriesCount();
            add(name, x, y, number).setMarker(MARKERS.get(number % MARKERS.size()));
        }
    }

    /** A line without markers, unless there is nothing to draw. */
    void line(String name, List<Double> x, List<Double> y) {
        if (!x.isEmpty()) {
            add(name, x, y, seriesCount()).setMarker(SeriesMarkers.NONE);
        }
    }

    private XYSeries add(String name, List<Double> x, List<Double> y, int number) {
        Color colour = COLOURS.get(number % COLOURS.size());
        XYSeries series = chart.addSeries(name, x, y);
        series.setLineColor(colour);
        series.setMarkerColor(colour);
        series.setLineStyle(new BasicStroke(lineWidth));
        return series;
    }

    private int seriesCount() {
        return chart.getSeriesCollection().size();
    }

    XYChart chart() {
        return chart;
    }
}
