package dev.deltapress.cli;

import dev.deltapress.backend.BackendStatus;
import dev.deltapress.backend.Backends;
import dev.deltapress.pipeline.CompareReport;
import dev.deltapress.pipeline.CompareRequest;
import dev.deltapress.pipeline.Comparison;
import dev.deltapress.pipeline.CompressReport;
import dev.deltapress.pipeline.CompressRequest;
import dev.deltapress.pipeline.Compressor;
import dev.deltapress.pipeline.InspectReport;
import dev.deltapress.pipeline.Inspector;
import dev.deltapress.pipeline.PlanReport;
import dev.deltapress.pipeline.Planner;
import dev.deltapress.pipeline.Progress;
import dev.deltapress.pipeline.RestoreReport;
import dev.deltapress.pipeline.RestoreRequest;
import dev.deltapress.pipeline.Restorer;
import dev.deltapress.pipeline.Verifier;
import dev.deltapress.pipeline.VerifyReport;
import dev.deltapress.pipeline.VerifyRequest;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The real work. */
final class CorePipeline implements Pipeline {

    @Override
    public PlanReport plan(CompressRequest request) throws IOException {
        return Planner.plan(request);
    }

    @Override
    public CompressReport compress(CompressRequest request, Progress progress) throws IOException {
        return Compressor.compress(request, progress);
    }

    @Override
    public CompareReport compare(CompareRequest request, Progress progress) throws IOException {
        return Comparison.compare(request, progress);
    }

    @Override
    public RestoreReport restore(RestoreRequest request, Progress progress) throws IOException {
        return Restorer.restore(request, progress);
    }

    @Override
    public VerifyReport verify(VerifyRequest request, Progress progress) throws IOException {
        return Verifier.verify(request, progress);
    }

    @Override
    public InspectReport inspect(Path delta) throws IOException {
        return Inspector.inspect(delta);
    }

    @Override
    public DemoReport demo(DemoRequest request, Progress progress) throws IOException {
        return Demo.ofBgePair(this).run(request, progress);
    }

    @Override
    public List<BackendStatus> backends() {
        return Backends.survey();
    }
}
