package dev.deltapress.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.deltapress.DeltaPressException;
import dev.deltapress.MismatchException;
import dev.deltapress.pipeline.CompressRequest;
import dev.deltapress.pipeline.EmbeddingMode;
import dev.deltapress.pipeline.Progress;
import dev.deltapress.pipeline.Resources;
import dev.deltapress.pipeline.RestoreRequest;
import dev.deltapress.pipeline.VerifyRequest;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

class DemoTest {

    private static final Resources ONE_THREAD = new Resources("java", 1, 0);

    @TempDir private Path temporary;
    private final FakePipeline pipeline = new FakePipeline();
    private final List<String> embedded = new ArrayList<>();
    private DemoModels models;

    @BeforeEach
    void makeModels() throws IOException {
        models =
                new DemoModels(
                        temporary.resolve("cache"),
                        List.of(),
                        (artefact, into) -> {
                            throw new AssertionError(artefact);
                        });
        Files.writeString(models.folder().resolve(DemoArtefact.TUNED), "tuned");
    }

    @Test
    void bothDeltasAreMadeRestoredVerifiedAndEmbedded() throws IOException {
        run(null);

        assertThat(pipeline.requests)
                .extracting(Object::getClass)
                .containsExactly(
                        CompressRequest.class,
                        RestoreRequest.class,
                        VerifyRequest.class,
                        CompressRequest.class,
                        RestoreRequest.class,
                        VerifyRequest.class);
        assertThat(embedded)
                .containsExactly(
                        "bge-small-en-v1.5.onnx",
                        "bge-small-en.onnx",
                        "restored-exact.onnx",
                        "restored-compressed.onnx");
    }

    @Test
    void theTwoDeltasDifferInTheirEmbeddingsAlone() throws IOException {
        run(null);

        var exact = (CompressRequest) pipeline.requests.getFirst();
        var compressed = (CompressRequest) pipeline.requests.get(3);
        assertThat(exact)
                .isEqualTo(
                        CompressRequest.of(models.base(), models.tuned(), exact.out())
                                .withResources(ONE_THREAD));
        assertThat(compressed.selection().embeddings()).isEqualTo(EmbeddingMode.COMPRESS);
        assertThat(compressed.method()).isEqualTo(exact.method());
    }

    @Test
    void verificationTakesBothModels() throws IOException {
        run(null);

        var compress = (CompressRequest) pipeline.requests.getFirst();
        assertThat(pipeline.requests.get(2))
                .isEqualTo(
                        new VerifyRequest(
                                compress.out(), models.base(), models.tuned(), ONE_THREAD));
    }

    @Test
    void distancesAreThoseToTheTunedModel() throws IOException {
        DemoReport report = run(null);

        // The fake base is at a right angle to the tuned model, the restored ones at 60 degrees.
        assertThat(report.baseDistance()).isCloseTo(1, within(1e-6));
        assertThat(report.exact().distance()).isCloseTo(0.5, within(1e-6));
        assertThat(report.sentences()).isEqualTo(8);
    }

    @Test
    void resultsAreRemoved() throws IOException {
        run(null);

        assertThat(filesIn(models.folder())).containsExactly(DemoArtefact.TUNED);
    }

    @Test
    void resultsOfAFailedRunAreRemoved() throws IOException {
        pipeline.failure = new MismatchException("tensor 'w'");

        assertThatThrownBy(() -> run(temporary.resolve("kept"))).hasMessage("tensor 'w'");
        assertThat(filesIn(models.folder())).containsExactly(DemoArtefact.TUNED);
        assertThat(filesIn(temporary)).containsExactly("cache");
    }

    @Test
    void resultsAreKeptWhereTheUserWantsThem() throws IOException {
        Path kept = temporary.resolve("kept");
        pipeline.work = () -> leaveAFile(((CompressRequest) pipeline.requests.getFirst()).out());

        run(kept);

        assertThat(filesIn(kept)).containsExactly("delta-exact");
        assertThat(filesIn(temporary)).containsExactlyInAnyOrder("cache", "kept");
    }

    @Test
    void anExistingFolderIsNotUsed() {
        assertThatThrownBy(() -> run(temporary))
                .isInstanceOf(DeltaPressException.class)
                .hasMessage(temporary + ": exists; --keep makes a new folder");
        assertThat(pipeline.requests).isEmpty();
    }

    @Test
    void aNoteIsPassedOnOnceAndAPhaseSaysWhichRunItIsIn() throws IOException {
        pipeline.notes = 1;
        var told = new ArrayList<String>();

        demo().run(new DemoRequest(null, ONE_THREAD), recording(told));

        assertThat(told)
                .containsExactly(
                        "embedding",
                        "embedding",
                        "note 1",
                        "embedding, embeddings exact",
                        "embedding, embeddings compressed");
    }

    private DemoReport run(@Nullable Path keep) throws IOException {
        return demo().run(new DemoRequest(keep, ONE_THREAD), Progress.NONE);
    }

    private Demo demo() {
        return new Demo(
                pipeline,
                models,
                (model, tokenizer, sentences) -> {
                    assertThat(tokenizer).isEqualTo(models.tokenizer());
                    embedded.add(model.getFileName().toString());
                    return Stream.generate(() -> direction(model))
                            .limit(sentences.size())
                            .toArray(float[][]::new);
                });
    }

    private float[] direction(Path model) {
        if (model.equals(models.tuned())) {
            return new float[] {1, 0};
        }
        return model.equals(models.base())
                ? new float[] {0, 1}
                : new float[] {0.5f, (float) Math.sqrt(0.75)};
    }

    private static Progress recording(List<String> told) {
        return new Progress() {
            @Override
            public void begin(String phase, long bytes) {
                told.add(phase);
            }

            @Override
            public void note(String line) {
                told.add(line);
            }
        };
    }

    private static void leaveAFile(Path path) {
        try {
            Files.writeString(path, "delta");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static List<String> filesIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
