package dev.deltapress.cli;

import dev.deltapress.backend.BackendStatus;
import dev.deltapress.method.ImPart;
import dev.deltapress.method.Method;
import dev.deltapress.pipeline.CompareReport;
import dev.deltapress.pipeline.CompareReport.Outcome;
import dev.deltapress.pipeline.CompareReport.Reached;
import dev.deltapress.pipeline.CompareReport.Spectrum;
import dev.deltapress.pipeline.CompareReport.Unreached;
import dev.deltapress.pipeline.CompareRequest;
import dev.deltapress.pipeline.CompressReport;
import dev.deltapress.pipeline.CompressRequest;
import dev.deltapress.pipeline.InspectReport;
import dev.deltapress.pipeline.PlanReport;
import dev.deltapress.pipeline.Progress;
import dev.deltapress.pipeline.RestoreReport;
import dev.deltapress.pipeline.RestoreRequest;
import dev.deltapress.pipeline.TensorReport;
import dev.deltapress.pipeline.VerifyReport;
import dev.deltapress.pipeline.VerifyRequest;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Shape;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Remembers what it was asked and answers the same every time, or fails as told. */
final class FakePipeline implements Pipeline {

    final List<Object> requests = new ArrayList<>();
    @Nullable Throwable failure;
    double relativeError = 0.75;
    int notes;
    Runnable work = () -> {};

    @Override
    public PlanReport plan(CompressRequest request) throws IOException {
        answer(request);
        return new PlanReport(
                tensors(),
                12,
                66_800_000,
                42_500_000,
                1_328_125,
                14_000_000,
                90,
                512_000_000,
                "java",
                "impart",
                List.of("embeddings are 85% of the delta"));
    }

    @Override
    public CompressReport compress(CompressRequest request, Progress progress) throws IOException {
        IntStream.rangeClosed(1, notes).forEach(i -> progress.note("note " + i));
        answer(request);
        return compressed(ImPart.ratio(32));
    }

    private CompressReport compressed(Method method) {
        return new CompressReport(
                tensors(),
                12,
                14_000_000,
                (long) (42_500_000 / method.ratio()),
                66_800_000,
                42_500_000,
                12_000_000,
                relativeError,
                0.76,
                12.34,
                "java",
                method.name(),
                4_294_967_295L,
                812_000_000);
    }

    /** Everything is reached but low ranks beyond 64x. */
    @Override
    public CompareReport compare(CompareRequest request, Progress progress) throws IOException {
        answer(request);
        List<Outcome> outcomes = new ArrayList<>();
        for (Method method : request.methods()) {
            if (method.name().equals("lowrank") && method.ratio() > 64) {
                outcomes.add(new Unreached(method, "lowrank: \"w\" is small, best ratio: 9"));
                continue;
            }
            if (request.keepDeltas()) {
                Path delta = request.folder().resolve(method.name());
                Files.writeString(Files.createDirectories(delta).resolve("delta.json"), "{}");
            }
            var verified = new VerifyReport(List.of("errors"), tensors(), relativeError, 0.76, 2.5);
            outcomes.add(new Reached(method, compressed(method), verified));
        }
        Spectrum spectrum = new Spectrum("w", Shape.of(64, 64), List.of(3f, 0.1f, 0f));
        return new CompareReport(outcomes, List.of(spectrum), "java", 7, 12.34, 812_000_000);
    }

    @Override
    public RestoreReport restore(RestoreRequest request, Progress progress) throws IOException {
        answer(request);
        return new RestoreReport(12, 12, 66_800_000, 3.21, "java", 512_000_000);
    }

    @Override
    public VerifyReport verify(VerifyRequest request, Progress progress) throws IOException {
        answer(request);
        double error = request.tuned() == null ? Double.NaN : relativeError;
        return new VerifyReport(List.of("checksums", "fingerprints"), tensors(), error, error, 2.5);
    }

    @Override
    public InspectReport inspect(Path delta) throws IOException {
        answer(delta);
        return new InspectReport(
                1,
                "impart",
                Map.of("beta", "0.6", "C", "0.5"),
                7,
                "java",
                "bge-small-en",
                tensors(),
                Map.of("config.json", 700L),
                14_000_000);
    }

    @Override
    public DemoReport demo(DemoRequest request, Progress progress) throws IOException {
        answer(request);
        var pair = CompressRequest.of(Path.of("b"), Path.of("t"), Path.of("o"));
        var variant =
                new DemoReport.Variant(
                        compress(pair, progress), 3.21, List.of("checksums", "errors"), 0.0123456);
        return new DemoReport(8, 0.25, variant, variant, 21.4);
    }

    @Override
    public List<BackendStatus> backends() {
        return List.of(
                new BackendStatus("java", true, "Vector API"),
                new BackendStatus("cuda", false, "not built"));
    }

    private void answer(Object request) throws IOException {
        requests.add(request);
        work.run();
        switch (failure) {
            case null -> {}
            case IOException e -> throw e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new AssertionError(failure);
        }
    }

    /** Twelve matrices; the error grows with the number, the last has none. */
    private static List<TensorReport> tensors() {
        return IntStream.range(0, 12)
                .mapToObj(
                        i ->
                                new TensorReport(
                                        "layer." + i + ".weight",
                                        DType.F32,
                                        Shape.of(384, 1536),
                                        "factors",
                                        true,
                                        36_000 + i,
                                        i == 11 ? Double.NaN : i / 10.0,
                                        32.5))
                .toList();
    }
}
