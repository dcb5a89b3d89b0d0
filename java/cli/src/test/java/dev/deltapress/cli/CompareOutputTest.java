package dev.deltapress.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Element;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;

/** What a comparison prints and writes. */
class CompareOutputTest {

    private static final String OPTIONS = " --methods impart,lowrank --ratios 8,128";

    @TempDir private static Path dir;
    private static JsonNode json;

    private final FakePipeline pipeline = new FakePipeline();

    @BeforeAll
    static void compareOnce() {
        Cli cli = compare(new FakePipeline(), "out", OPTIONS + " --json");
        assertThat(cli.exitCode()).isZero();
        assertThat(cli.err()).isEmpty();
        assertThat(cli.out().lines()).hasSize(1);
        json = new JsonMapper().readTree(cli.out());
    }

    @Test
    void jsonHasTheSameKeysForEveryRow() {
        assertThat(json.propertyNames())
                .containsExactly(
                        "deltapress_compare",
                        "rows",
                        "backend",
                        "seed",
                        "seconds",
                        "peak_rss_bytes",
                        "files");
        assertThat(json.get("rows")).hasSize(4);
        for (JsonNode row : json.get("rows")) {
            assertThat(row.propertyNames())
                    .containsExactly(
                            "method",
                            "parameters",
                            "ratio",
                            "reached",
                            "reason",
                            "matrix_ratio",
                            "file_ratio",
                            "stored_bytes",
                            "matrix_stored_bytes",
                            "relative_error",
                            "restored_relative_error",
                            "seconds");
        }
    }

    @Test
    void jsonRowsTellBytesErrorsAndWhatWasNotReached() {
        JsonNode reached = json.get("rows").get(0);
        assertThat(reached.get("method").asString()).isEqualTo("impart");
        assertThat(reached.get("parameters").get("beta").asString()).isEqualTo("0.6");
        assertThat(reached.get("ratio").asDouble()).isEqualTo(8);
        assertThat(reached.get("reached").asBoolean()).isTrue();
        assertThat(reached.get("reason").isNull()).isTrue();
        assertThat(reached.get("matrix_stored_bytes").asLong()).isEqualTo(5_312_500);
        assertThat(reached.get("matrix_ratio").asDouble()).isEqualTo(8);
        assertThat(reached.get("relative_error").asDouble()).isEqualTo(0.75);
        JsonNode unreached = json.get("rows").get(3);
        assertThat(unreached.get("method").asString()).isEqualTo("lowrank");
        assertThat(unreached.get("reached").asBoolean()).isFalse();
        assertThat(unreached.get("reason").asString()).contains("best ratio: 9");
        assertThat(unreached.get("stored_bytes").isNull()).isTrue();
    }

    @Test
    void theFileHoldsWhatWasPrintedAndListsTheFolder() throws IOException {
        assertThat(new JsonMapper().readTree(Files.readString(out("compare.json"))))
                .isEqualTo(json);
        Set<String> listed = new TreeSet<>();
        json.get("files").forEach(file -> listed.add(file.asString()));
        try (var files = Files.list(dir.resolve("out"))) {
            assertThat(files.map(file -> file.getFileName().toString())).hasSameElementsAs(listed);
        }
    }

    @Test
    void theTableOfMethodsHoldsTheRowsOfTheJson() throws IOException {
        List<List<String>> rows = parse(out("compare.csv"));

        assertThat(rows).hasSize(5);
        List<String> keys = rows.getFirst();
        for (int i = 0; i < 4; i++) {
            JsonNode expected = json.get("rows").get(i);
            List<String> row = rows.get(i + 1);
            assertThat(row).hasSameSizeAs(keys);
            for (int column = 0; column < keys.size(); column++) {
                String key = keys.get(column);
                JsonNode value = expected.get(key);
                String cell = row.get(column);
                switch (key) {
                    case "parameters" ->
                            assertThat(cell)
                                    .isEqualTo(i < 2 ? "C=0.5 beta=0.6 paper_exact=false" : "");
                    case "reached" -> assertThat(cell).isEqualTo(value.asBoolean() ? "yes" : "no");
                    case "method", "reason" -> assertThat(cell).isEqualTo(value.asString(""));
                    default -> {
                        if (value.isNull()) {
                            assertThat(cell).isEmpty();
                        } else {
                            assertThat(Double.parseDouble(cell)).isEqualTo(value.asDouble());
                        }
                    }
                }
            }
        }
    }

    @Test
    void theTableOfLayersHasEveryTensorOfEveryDelta() throws IOException {
        List<List<String>> rows = parse(out("layers.csv"));

        assertThat(rows).hasSize(1 + 3 * 12);
        assertThat(rows.getFirst())
                .containsExactly(
                        "method",
                        "ratio",
                        "tensor",
                        "shape",
                        "stored_as",
                        "stored_bytes",
                        "relative_error",
                        "bits_per_parameter");
        assertThat(rows.get(1 + 12 + 3))
                .startsWith(
                        "impart", "128", "layer.3.weight", "384x1536", "factors", "36003", "0.3");
        assertThat(Double.parseDouble(rows.get(1 + 12 + 3).getLast()))
                .isEqualTo(36003 * 8 / (384.0 * 1536));
        assertThat(rows.get(12).get(6)).as("no error was computed").isEmpty();
    }

    @Test
    void theTableOfSpectraHasEveryValue() throws IOException {
        assertThat(parse(out("spectra.csv")).subList(1, 4))
                .containsExactly(
                        List.of("w", "64x64", "1", "3.0"),
                        List.of("w", "64x64", "2", "0.1"),
                        List.of("w", "64x64", "3", "0.0"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"error", "spectra", "bits", "layer-errors"})
    void chartsAreSvgAndPngOfTheSameFigure(String chart) throws Exception {
        Element root =
                DocumentBuilderFactory.newDefaultNSInstance()
                        .newDocumentBuilder()
                        .parse(out(chart + ".svg").toFile())
                        .getDocumentElement();
        assertThat(root.getNamespaceURI()).isEqualTo("http://www.w3.org/2000/svg");
        assertThat(root.getAttribute("viewBox")).isEqualTo("0 0 960 640");
        assertThat(root.getElementsByTagName("path").getLength()).isGreaterThan(10);
        assertThat(Files.readString(out(chart + ".svg"))).doesNotContain("DOCTYPE");

        BufferedImage image = ImageIO.read(out(chart + ".png").toFile());
        assertThat(image.getWidth()).isEqualTo(1920);
        assertThat(image.getHeight()).isEqualTo(1280);
        int[] pixels = image.getRGB(0, 0, 1920, 1280, null, 0, 1920);
        assertThat(pixels).contains(0xFF0072B2).contains(0xFFFFFFFF);
    }

    @Test
    void theSameResultsGiveTheSameBytes() throws IOException {
        compare(pipeline, "again", OPTIONS);

        for (JsonNode file : json.get("files")) {
            assertThat(dir.resolve("again").resolve(file.asString()))
                    .hasSameBinaryContentAs(out(file.asString()));
        }
    }

    @Test
    void peopleGetATableAndTheReasons() {
        String text = compare(pipeline, "text", OPTIONS).out();

        assertThat(text.lines().map(line -> line.replaceAll(" +", " ").strip()))
                .startsWith(
                        "method asked matrices ratio file ratio error restored time",
                        "impart 8x 5.31 MB 8.0x 14.0 MB 4.8x 0.7500 0.7600 12 s",
                        "impart 128x 332 kB 128.0x 14.0 MB 4.8x 0.7500 0.7600 12 s",
                        "lowrank 8x 5.31 MB 8.0x 14.0 MB 4.8x 0.7500 0.7600 12 s",
                        "lowrank 128x not reached - - - - - -",
                        "not reached lowrank: \"w\" is small, best ratio: 9");
        assertThat(text).contains("error.svg", "took").doesNotContain("above 1");
    }

    @Test
    void errorsAboveOneAreSaidToBeNormal() {
        pipeline.relativeError = 5.6;

        assertThat(compare(pipeline, "above", OPTIONS).out()).contains("above 1 is normal");
    }

    @Test
    void quietPrintsNothing() {
        assertThat(compare(pipeline, "quiet", OPTIONS + " --quiet")).isEqualTo(new Cli(0, "", ""));
    }

    private static Path out(String file) {
        return dir.resolve("out").resolve(file);
    }

    private static Cli compare(Pipeline pipeline, String folder, String options) {
        return Cli.run(
                pipeline, "compare --base b --tuned t --out " + dir.resolve(folder) + options);
    }

    /** A reader of its own for RFC 4180. */
    private static List<List<String>> parse(Path file) throws IOException {
        List<List<String>> rows = new ArrayList<>();
        List<String> row = new ArrayList<>();
        var cell = new StringBuilder();
        boolean quoted = false;
        String text = Files.readString(file);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quoted && c == '"' && i + 1 < text.length() && text.charAt(i + 1) == '"') {
                cell.append('"');
                i++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (!quoted && (c == ',' || c == '\n')) {
                row.add(cell.toString());
                cell.setLength(0);
                if (c == '\n') {
                    rows.add(row);
                    row = new ArrayList<>();
                }
            } else {
                cell.append(c);
            }
        }
        assertThat(cell).as("the last line ends").isEmpty();
        return rows;
    }
}
