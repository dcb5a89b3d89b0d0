package dev.deltapress.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deltapress.DeltaPressException;
import dev.deltapress.pipeline.Resources;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.nio.file.Path;

class DemoCommandTest {

    private final FakePipeline pipeline = new FakePipeline();

    @Test
    void aNewcomerReadsATableAndWhatToTypeNext() {
        assertThat(Cli.run(pipeline, "demo").out())
                .isEqualTo(
                        """
                        bge-small-en-v1.5 (tuned) stored as its difference from bge-small-en (base) by ImPart at 32x:

                                                           size  matrices  whole file  weights  distance
                          tuned model in 16 bit         66.8 MB                                        0
                          base model                                                             0.25000
                          delta, embeddings exact       14.0 MB     32.0x        4.8x   0.7500   0.01235
                          delta, embeddings compressed  14.0 MB     32.0x        4.8x   0.7500   0.01235

                          size        all bytes on disk
                          matrices    how many times smaller than in 16 bit, with everything that decoding needs
                          whole file  the same for the whole model
                          weights     relative error of the restored difference; a large value is normal, because
                                      entries are dropped at random: what counts is the distance
                          distance    mean of 1 - cos from the tuned model's embeddings of 8 sentences; a delta's
                                      are those of the model restored from it
                          verified    checksums, errors of both deltas

                        took 21 s; next, with your own models:
                          ./deltapress compress --base BASE --tuned TUNED --out DELTA
                          ./deltapress restore --base BASE --delta DELTA --out MODEL
                        """);
    }

    @Test
    void jsonHasTheKeysOfCompressForBothDeltas() {
        JsonNode json = JsonMapper.shared().readTree(Cli.run(pipeline, "demo --json").out());

        assertThat(json.propertyNames())
                .containsExactly(
                        "base",
                        "tuned",
                        "tuned_bytes_16bit",
                        "sentences",
                        "base_distance",
                        "embeddings_exact",
                        "embeddings_compressed",
                        "seconds");
        JsonNode compress =
                JsonMapper.shared()
                        .readTree(
                                Cli.run(pipeline, "compress --base b --tuned t --out o --json")
                                        .out());
        assertThat(json.get("embeddings_exact").propertyNames())
                .containsAll(compress.propertyNames())
                .contains("restore_seconds", "checked", "distance");
        assertThat(json.get("embeddings_compressed").get("distance").asDouble())
                .isEqualTo(0.0123456);
    }

    @Test
    void optionsReachTheRequest() {
        Cli.run(pipeline, "demo --keep k --threads 3");

        assertThat(pipeline.requests.getFirst())
                .isEqualTo(new DemoRequest(Path.of("k"), new Resources("auto", 3, 0)));
    }

    @Test
    void keptResultsAreNamed() {
        assertThat(Cli.run(pipeline, "demo --keep k").out()).contains("results are in k;");
    }

    @Test
    void quietPrintsNothing() {
        assertThat(Cli.run(pipeline, "demo --quiet")).isEqualTo(new Cli(0, "", ""));
    }

    @Test
    void aFailureIsOneLine() {
        pipeline.failure = new DeltaPressException("no Maven");

        assertThat(Cli.run(pipeline, "demo")).isEqualTo(new Cli(1, "", "deltapress: no Maven\n"));
    }
}
