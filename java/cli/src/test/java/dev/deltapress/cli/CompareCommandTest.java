package dev.deltapress.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deltapress.UsageException;
import dev.deltapress.method.DeltaCome;
import dev.deltapress.method.ImPart;
import dev.deltapress.method.LowRank;
import dev.deltapress.method.Methods;
import dev.deltapress.pipeline.CompareRequest;
import dev.deltapress.pipeline.NonFinitePolicy;
import dev.deltapress.pipeline.Resources;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What the command asks for, and which folders it replaces. */
class CompareCommandTest {

    @TempDir private Path dir;
    private final FakePipeline pipeline = new FakePipeline();

    @Test
    void byDefaultEveryMethodIsTriedAtFiveRatios() {
        assertThat(compare("").exitCode()).isZero();

        List<String> expected = new ArrayList<>();
        for (String name : Methods.names()) {
            // It has no ratio: how small it gets depends on the models.
            List<Integer> ratios =
                    name.equals("lossless") ? List.of(1) : List.of(8, 16, 32, 64, 128);
            ratios.forEach(ratio -> expected.add(name + " " + ratio));
        }
        assertThat(request().methods())
                .extracting(method -> method.name() + " " + Text.number(method.ratio()))
                .isEqualTo(expected);
        assertThat(request().keepDeltas()).isFalse();
        assertThat(request().pair().seed()).isZero();
    }

    @Test
    void listsAndSingleOnesAddUp() {
        compare("--methods lowrank,impart --method impart --ratios 8,9.5 --ratio 12 --ratio 8");

        assertThat(request().methods())
                .containsExactly(
                        new LowRank(8),
                        new LowRank(9.5),
                        new LowRank(12),
                        ImPart.ratio(8),
                        ImPart.ratio(9.5),
                        ImPart.ratio(12));
    }

    @Test
    void aParameterGoesToAllThatHaveItOrToTheOneNamed() {
        compare(
                "--methods impart,lowrank,delta-come --ratio 8 --set grid=symmetric"
                        + " --set impart.beta=0.5 --set delta-come.refit=false --set refit=true");

        assertThat(request().methods())
                .containsExactly(
                        new ImPart(8, 0.5, 0.5, false),
                        new LowRank(8),
                        new DeltaCome(8, "2x8,32x3,2", "symmetric", false));
    }

    @Test
    void theOtherOptionsReachTheRequest() {
        compare(
                "--seed 9 --include *.q.* --nonfinite exact --allow-removed --backend java"
                        + " --threads 3 --max-memory 1g --device-memory 8g --keep-deltas");

        assertThat(request().pair().seed()).isEqualTo(9);
        assertThat(request().pair().selection().include()).containsExactly("*.q.*");
        assertThat(request().pair().nonFinite()).isEqualTo(NonFinitePolicy.EXACT);
        assertThat(request().pair().allowRemoved()).isTrue();
        assertThat(request().pair().resources())
                .isEqualTo(new Resources("java", 3, 1L << 30, 8L << 30));
        assertThat(request().keepDeltas()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    --ratios 8,0.5                               | impart: ratio must be at least 1, got 0.5
                    --ratios 8,many                              | invalid value for option '--ratios' (R): 'many' is not a double
                    --method impart,magic                        | unknown method 'magic'; known: impart, impart-qt,
                    --method lowrank --set beta=0.5              | --set: no method compared has a parameter 'beta'; known: none
                    --method impart --set gamma=1                | --set: no method compared has a parameter 'gamma'; known: impart.C, impart.beta, impart.paper_exact
                    --method impart --set lowrank.rank=1         | --set: method 'lowrank' is not compared; compared: impart
                    --method impart,lowrank --set lowrank.beta=1 | lowrank: unknown parameter 'beta'; known: none
                    --method impart --set beta=2                 | impart: beta must be in [0, 1), got 2.0
                    --threads 0                                  | --threads must be at least 1, got 0
                    --backend gpu                                | invalid value for option '--backend': expected one of auto, java, native, cuda, found 'gpu'
                    """)
    void wrongUsageIsRefusedBeforeAnyWork(String options, String line) throws IOException {
        Cli cli = compare(options);

        assertThat(cli.exitCode()).isEqualTo(2);
        assertThat(cli.errorLines()).hasSize(2);
        assertThat(cli.errorLines().getFirst()).startsWith("deltapress: " + line);
        assertThat(pipeline.requests).isEmpty();
        assertThat(files(dir)).isEmpty();
    }

    @Test
    void nothingIsLeftOfWorkThatFails() throws IOException {
        pipeline.failure = new UsageException("lowrank: best ratio here: 9.0");

        Cli cli = compare("--keep-deltas");

        assertThat(cli.exitCode()).isEqualTo(2);
        assertThat(cli.errorLines()).containsExactly("deltapress: lowrank: best ratio here: 9.0");
        assertThat(files(dir)).isEmpty();
    }

    @Test
    void anEarlierComparisonIsReplacedOnlyByForce() throws IOException {
        compare("--method impart --ratio 8 --keep-deltas");
        Map<String, String> before = files(dir);
        assertThat(before).containsKeys("out/compare.json", "out/deltas/impart/delta.json");

        Cli refused = compare("--method lowrank --ratio 8");
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.err()).contains("out: exists; --force replaces an earlier comparison");
        assertThat(files(dir)).isEqualTo(before);

        assertThat(compare("--method lowrank --ratio 8 --force").exitCode()).isZero();
        assertThat(files(dir)).doesNotContainKey("out/deltas/impart/delta.json");
        assertThat(files(dir).get("out/compare.csv")).contains("lowrank").doesNotContain("impart");
    }

    @Test
    void aFolderWithAnythingElseIsNotReplaced() throws IOException {
        compare("--method impart --ratio 8");
        Files.writeString(dir.resolve("out/deltas.txt"), "mine");
        Map<String, String> before = files(dir);

        Cli cli = compare("--method impart --ratio 8 --force");

        assertThat(cli.exitCode()).isEqualTo(1);
        assertThat(cli.err()).contains("it holds 'deltas.txt', which DeltaPress did not write");
        assertThat(files(dir)).isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    model.bin    | weights          | DeltaPress did not write it (no compare.json)
                    compare.json | {"files":["compare.json"]} | it holds 'compare.json', which DeltaPress did not write
                    compare.json | {"files":        | compare.json: unreadable
                    """)
    void aFolderOfSomebodyElseIsNotReplaced(String name, String content, String line)
            throws IOException {
        Files.writeString(Files.createDirectory(dir.resolve("out")).resolve(name), content);

        Cli cli = compare("--force");

        assertThat(cli.exitCode()).isEqualTo(1);
        assertThat(cli.errorLines()).hasSize(1);
        assertThat(cli.err()).contains(line);
        assertThat(files(dir)).isEqualTo(Map.of("out/" + name, content));
        assertThat(pipeline.requests).isEmpty();
    }

    @Test
    void anOutputInsideAnInputIsRefused() throws IOException {
        Cli cli =
                Cli.run(
                        pipeline,
                        "compare --base %s --tuned t --out %s".formatted(dir, dir.resolve("out")));

        assertThat(cli.exitCode()).isEqualTo(1);
        assertThat(cli.err()).contains("the output is the input");
        assertThat(files(dir)).isEmpty();
    }

    private Cli compare(String options) {
        String arguments = "compare --base b --tuned t --out " + dir.resolve("out");
        return Cli.run(pipeline, (arguments + " " + options).strip());
    }

    private CompareRequest request() {
        return (CompareRequest) pipeline.requests.getLast();
    }

    /** The content of every file, as far as it is text, by its path. */
    private static Map<String, String> files(Path folder) throws IOException {
        Map<String, String> files = new TreeMap<>();
        List<Path> paths;
        try (Stream<Path> walked = Files.walk(folder)) {
            paths = walked.filter(Files::isRegularFile).toList();
        }
        for (Path path : paths) {
            String content = new String(Files.readAllBytes(path), StandardCharsets.ISO_8859_1);
            files.put(folder.relativize(path).toString(), content);
        }
        return files;
    }
}
