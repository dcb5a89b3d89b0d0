package dev.deltapress.cli;

import dev.deltapress.backend.BackendStatus;
import dev.deltapress.pipeline.CompareReport;
import dev.deltapress.pipeline.CompareRequest;
import dev.deltapress.pipeline.CompressReport;
import dev.deltapress.pipeline.CompressRequest;
import dev.deltapress.pipeline.InspectReport;
import dev.deltapress.pipeline.PlanReport;
import dev.deltapress.pipeline.Progress;
import dev.deltapress.pipeline.RestoreReport;
import dev.deltapress.pipeline.RestoreRequest;
import dev.deltapress.pipeline.VerifyReport;
import dev.deltapress.pipeline.VerifyRequest;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The work behind the commands, so that they can be tested without models. */
interface Pipeline {

    PlanReport plan(CompressRequest request) throws IOException;

    CompressReport compress(CompressRequest request, Progress progress) throws IOException;

    CompareReport compare(CompareRequest request, Progress progress) throws IOException;

    RestoreReport restore(RestoreRequest request, Progress progress) throws IOException;

    VerifyReport verify(VerifyRequest request, Progress progress) throws IOException;

    InspectReport inspect(Path delta) throws IOException;

    DemoReport demo(DemoRequest request, Progress progress) throws IOException;

    List<BackendStatus> backends();
}
