package dev.deltapress.tests;

import dev.deltapress.backend.DeltaOperator;
import dev.deltapress.method.ImPart;
import dev.deltapress.pipeline.BaseModel;
import dev.deltapress.pipeline.CompressReport;
import dev.deltapress.pipeline.CompressRequest;
import dev.deltapress.pipeline.Compressor;
import dev.deltapress.pipeline.Progress;
import dev.deltapress.pipeline.Resources;
import dev.deltapress.pipeline.RestoreRequest;
import dev.deltapress.pipeline.Restorer;
import dev.deltapress.pipeline.TunedModel;
import dev.deltapress.pipeline.Verifier;
import dev.deltapress.pipeline.VerifyReport;
import dev.deltapress.pipeline.VerifyRequest;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/** The Java that README.md shows, compiled and run. */
final class ReadmeExample {

    private ReadmeExample() {}

    static void run(Path base, Path tuned, Path delta, Path restored) throws IOException {
        // readme:begin
        var request = CompressRequest.of(base, tuned, delta).withMethod(ImPart.ratio(32));
        CompressReport report = Compressor.compress(request, Progress.NONE);
        System.out.printf("%.1fx, error %.3f%n", report.matrixRatio(), report.relativeError());

        Restorer.restore(RestoreRequest.of(base, delta, restored), Progress.NONE);

        var check = new VerifyRequest(delta, base, tuned, Resources.defaults());
        VerifyReport verified = Verifier.verify(check, Progress.NONE);
        verified.tensors().forEach(t -> System.out.println(t.name() + ": " + t.relativeError()));
        // readme:end
    }

    static void serve(
            Path basePath,
            Path mathDelta,
            Path codeDelta,
            String name,
            MemorySegment rows,
            MemorySegment x,
            int batch,
            MemorySegment y)
            throws IOException {
        // readme:begin
        try (BaseModel base = BaseModel.open(basePath, Resources.defaults());
                TunedModel math = TunedModel.open(base, mathDelta);
                TunedModel code = TunedModel.open(base, codeDelta);
                DeltaOperator operator = code.operator(name)) {
            math.readRows(name, 100, 24, rows); // nothing else is read or restored
            operator.apply(code.weights(name), x, batch, y); // y = W x + U (s (V' x))
        }
        // readme:end
    }
}
