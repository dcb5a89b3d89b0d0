package dev.deltapress.cli;

import org.apache.batik.svggen.SVGGeneratorContext;
import org.apache.batik.svggen.SVGGraphics2D;
import org.knowm.xchart.XYChart;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

import java.awt.Dimension;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.transform.TransformerException;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;

/** Charts as files: SVG, and PNG with twice as many pixels each way. */
final class ChartFiles {

    static final int SCALE = 2;

    static {
        // Nothing is shown, even where there is a screen.
        System.setProperty("java.awt.headless", "true");
    }

    private ChartFiles() {}

    /** Draws a chart for nobody; fails in many ways where that cannot be done. */
    static void probe() {
        ChartStyle style = ChartStyle.of("title", "x", "y");
        style.line("line", List.of(1.0, 2.0), List.of(1.0, 2.0));
        image(style.chart());
    }

    /**
     * Writes every chart.
     *
     * @param charts by their names without an ending
     * @return names of the files
     */
    static List<String> write(Map<String, XYChart> charts, Path folder) throws IOException {
        List<String> files = new ArrayList<>();
        for (Map.Entry<String, XYChart> entry : charts.entrySet()) {
            String svg = entry.getKey() + ".svg";
            writeSvg(entry.getValue(), folder.resolve(svg));
            files.add(svg);
            String png = entry.getKey() + ".png";
            writePng(entry.getValue(), folder.resolve(png));
            files.add(png);
        }
        return files;
    }

    private static void writePng(XYChart chart, Path file) throws IOException {
        try (var out = Files.newOutputStream(file)) {
            if (!ImageIO.write(image(chart), "png", out)) {
                throw new IllegalStateException("this JDK cannot write PNG");
            }
        }
    }

    private static BufferedImage image(XYChart chart) {
        BufferedImage image =
                new BufferedImage(
                        SCALE * chart.getWidth(),
                        SCALE * chart.getHeight(),
                        BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        try {
            graphics.scale(SCALE, SCALE);
            chart.paint(graphics, chart.getWidth(), chart.getHeight());
        } finally {
            graphics.dispose();
        }
        return image;
    }

    private static void writeSvg(XYChart chart, Path file) throws IOException {
        int width = chart.getWidth();
        int height = chart.getHeight();
        SVGGeneratorContext context = SVGGeneratorContext.createDefault(document());
        context.setComment("DeltaPress");
        SVGGraphics2D graphics = new SVGGraphics2D(context, false);
        try (Writer out = Files.newBufferedWriter(file)) {
            graphics.setSVGCanvasSize(new Dimension(width, height));
            chart.paint(graphics, width, height);
            Element root = graphics.getRoot();
            root.setAttribute("viewBox", "0 0 %d %d".formatted(width, height));
            // Batik's own writer names a DTD, which some readers would fetch.
            TransformerFactory.newDefaultInstance()
                    .newTransformer()
                    .transform(new DOMSource(root), new StreamResult(out));
        } catch (TransformerException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        } finally {
            graphics.dispose();
        }
    }

    private static Document document() {
        try {
            return DocumentBuilderFactory.newDefaultNSInstance()
                    .newDocumentBuilder()
                    .getDOMImplementation()
                    .createDocument("http://www.w3.org/2000/svg", "svg", null);
        } catch (ParserConfigurationException e) {
            throw new IllegalStateException("the JDK's own parser needs no configuration", e);
        }
    }
}
