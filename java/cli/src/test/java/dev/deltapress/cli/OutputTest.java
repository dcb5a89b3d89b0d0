package dev.deltapress.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;

class OutputTest {

    private static final String COMPRESS = "compress --base b --tuned t --out o";
    private static final String VERIFY = "verify --delta d --base b --tuned t";

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    plan --base b --tuned t              | tensors matrices tuned_bytes_16bit matrix_bytes_16bit matrix_budget_bytes estimated_bytes estimated_seconds peak_memory_bytes backend method notes
                    compress --base b --tuned t --out o  | tensors matrices stored_bytes matrix_stored_bytes embedding_stored_bytes tuned_bytes_16bit matrix_bytes_16bit file_ratio matrix_ratio relative_error restored_relative_error seconds backend method seed peak_rss_bytes
                    restore --base b --delta d --out o   | tensors matrices written_bytes seconds backend peak_rss_bytes
                    verify --delta d                     | ok checked relative_error restored_relative_error tensors seconds
                    inspect --delta d                    | format_version method parameters seed backend base stored_bytes tensors files
                    doctor                               | version java java_home vector_api zstd backends processors memory_bytes heap_bytes cache_folder
                    """)
    void jsonIsOneObjectWithTheseKeys(String arguments, String keys) {
        Cli cli = Cli.run(new FakePipeline(), arguments + " --json");

        assertThat(cli.exitCode()).isZero();
        assertThat(cli.err()).isEmpty();
        assertThat(cli.out().lines()).hasSize(1);
        assertThat(json(cli).propertyNames()).containsExactly(keys.split(" "));
    }

    @Test
    void compressCountsTensorsInJson() {
        JsonNode json = json(Cli.run(new FakePipeline(), COMPRESS + " --json"));

        assertThat(json.get("tensors").asInt()).isEqualTo(12);
        assertThat(json.get("seed").asLong()).isEqualTo(4294967295L);
        assertThat(json.get("matrix_ratio").asDouble()).isEqualTo(32.0);
    }

    @Test
    void verifyListsTensorsInJson() {
        JsonNode json = json(Cli.run(new FakePipeline(), VERIFY + " --json"));

        assertThat(json.get("ok").asBoolean()).isTrue();
        assertThat(json.get("tensors").get(3).toString())
                .isEqualTo(
                        "{\"name\":\"layer.3.weight\",\"shape\":[384,1536],\"relative_error\":0.3,"
                                + "\"stored_bytes\":36003,\"ratio\":32.5}");
    }

    @Test
    void whatWasNotComputedIsNullInJson() {
        JsonNode json = json(Cli.run(new FakePipeline(), "verify --delta d --json"));

        assertThat(json.get("relative_error").isNull()).isTrue();
        assertThat(json.get("tensors").get(11).get("relative_error").isNull()).isTrue();
    }

    @Test
    void compressSaysWhatItWroteInAFewLines() {
        assertThat(Cli.run(new FakePipeline(), COMPRESS).out())
                .isEqualTo(
                        """
                        written         o (14.0 MB)
                        12 matrices     42.5 MB to 1.33 MB: 32.0x smaller
                        embeddings      12.0 MB of the delta
                        whole model     66.8 MB to 14.0 MB: 4.8x smaller
                        relative error  0.7500 of the delta, 0.7600 after rounding to the model's type
                        method          impart, seed 4294967295
                        backend         java
                        took            12 s, at most 812 MB of memory
                        """);
    }

    @Test
    void anErrorAboveOneIsSaidToBeNormal() {
        var pipeline = new FakePipeline();
        pipeline.relativeError = 1.25;

        assertThat(Cli.run(pipeline, COMPRESS).out()).contains("above 1 is normal");
        assertThat(Cli.run(new FakePipeline(), COMPRESS).out()).doesNotContain("normal");
    }

    @Test
    void verifyShowsTheTenWorstTensors() {
        String out = Cli.run(new FakePipeline(), VERIFY).out();

        assertThat(out.lines().filter(line -> line.contains("layer."))).hasSize(10);
        assertThat(out)
                .contains("layer.10.weight", "layer.1.weight")
                .doesNotContain("layer.0.weight", "layer.11.weight");
        assertThat(out).contains("the 10 worst of 12; --verbose shows all");
    }

    @Test
    void verboseShowsEveryTensor() {
        String out = Cli.run(new FakePipeline(), VERIFY + " --verbose").out();

        assertThat(out.lines().filter(line -> line.contains("layer."))).hasSize(12);
    }

    @ParameterizedTest
    @CsvSource({"compress --base b --tuned t --out o", "verify --delta d", "inspect --delta d"})
    void quietPrintsNothing(String arguments) {
        var pipeline = new FakePipeline();
        pipeline.notes = 2;

        assertThat(Cli.run(pipeline, arguments + " --quiet")).isEqualTo(new Cli(0, "", ""));
    }

    @Test
    void notesComeOnStandardError() {
        var pipeline = new FakePipeline();
        pipeline.notes = 2;

        assertThat(Cli.run(pipeline, COMPRESS).errorLines()).containsExactly("note 1", "note 2");
    }

    @Test
    void anUnwritableStandardOutputIsAFailure() {
        var full = new PrintWriter(new FullDevice());
        var err = new StringWriter();
        var command = Main.commandLine(new FakePipeline(), full, new PrintWriter(err, true));

        assertThat(Main.run(command, "doctor")).isEqualTo(1);
        assertThat(err).hasToString("deltapress: cannot write to standard output\n");
    }

    private static JsonNode json(Cli cli) {
        return JsonMapper.shared().readTree(cli.out());
    }

    private static final class FullDevice extends Writer {
        @Override
        public void write(char[] buffer, int offset, int length) throws IOException {
            throw new IOException("No space left on device");
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
