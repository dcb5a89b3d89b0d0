package dev.deltapress.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deltapress.method.ImPart;
import dev.deltapress.pipeline.CompressRequest;
import dev.deltapress.pipeline.EmbeddingMode;
import dev.deltapress.pipeline.NonFinitePolicy;
import dev.deltapress.pipeline.Resources;
import dev.deltapress.pipeline.RestoreRequest;
import dev.deltapress.pipeline.Selection;
import dev.deltapress.pipeline.VerifyRequest;
import dev.deltapress.tensor.DType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.file.Path;
import java.util.List;

class RequestTest {

    private static final Path BASE = Path.of("b");
    private static final Path TUNED = Path.of("t");
    private static final Path DELTA = Path.of("d");
    private static final Path OUT = Path.of("o");

    @Test
    void compressHasTheDefaultsOfTheLibrary() {
        assertThat(requestOf("compress --base b --tuned t --out o"))
                .isEqualTo(CompressRequest.of(BASE, TUNED, OUT));
    }

    @Test
    void everyOptionOfCompressReachesTheRequest() {
        assertThat(
                        requestOf(
                                "compress --base b --tuned t --out o --method impart --ratio 16"
                                        + " --set beta=0.5 --set C=1 --seed 4294967295 --include *.q.*"
                                        + " --include *.k.* --exclude *.0.* --embeddings base"
                                        + " --nonfinite exact --allow-removed --force --backend java"
                                        + " --threads 3 --max-memory 1.5g --device-memory 8g"))
                .isEqualTo(
                        new CompressRequest(
                                BASE,
                                TUNED,
                                OUT,
                                new ImPart(16, 0.5, 1, false),
                                4294967295L,
                                new Selection(
                                        List.of("*.q.*", "*.k.*"),
                                        List.of("*.0.*"),
                                        EmbeddingMode.BASE),
                                NonFinitePolicy.EXACT,
                                true,
                                true,
                                new Resources("java", 3, 3L << 29, 8L << 30)));
    }

    @Test
    void planTakesTheOptionsThatDecideWhatIsCompressed() {
        var request =
                (CompressRequest)
                        requestOf(
                                "plan --base b --tuned t --ratio 8 --embeddings compress"
                                        + " --exclude *.0.* --threads 2");

        assertThat(request.method()).isEqualTo(ImPart.ratio(8));
        assertThat(request.selection())
                .isEqualTo(new Selection(List.of(), List.of("*.0.*"), EmbeddingMode.COMPRESS));
        assertThat(request.resources().threads()).isEqualTo(2);
    }

    @Test
    void restoreHasTheDefaultsOfTheLibrary() {
        assertThat(requestOf("restore --base b --delta d --out o"))
                .isEqualTo(RestoreRequest.of(BASE, DELTA, OUT));
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16", "F16"})
    void restoreConvertsToTheTypeAskedFor(DType type) {
        assertThat(
                        requestOf(
                                "restore --base b --delta d --out o --force --threads 1 --dtype "
                                        + Choice.word(type)))
                .isEqualTo(
                        new RestoreRequest(
                                BASE, DELTA, OUT, type, true, new Resources("auto", 1, 0)));
    }

    @Test
    void verifyNeedsNoModels() {
        assertThat(requestOf("verify --delta d"))
                .isEqualTo(new VerifyRequest(DELTA, null, null, Resources.defaults()));
        assertThat(requestOf("verify --delta d --base b --tuned t"))
                .isEqualTo(new VerifyRequest(DELTA, BASE, TUNED, Resources.defaults()));
    }

    private static Object requestOf(String arguments) {
        var pipeline = new FakePipeline();
        Cli cli = Cli.run(pipeline, arguments);
        assertThat(cli.err()).isEmpty();
        return pipeline.requests.getFirst();
    }
}
