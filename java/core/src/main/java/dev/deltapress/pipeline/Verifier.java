package dev.deltapress.pipeline;

import dev.deltapress.MismatchException;
import dev.deltapress.UsageException;
import dev.deltapress.backend.Backend;
import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.backend.ErrorSums;
import dev.deltapress.backend.MatrixView;
import dev.deltapress.checkpoint.Checkpoint;
import dev.deltapress.checkpoint.Checkpoints;
import dev.deltapress.delta.DeltaReader;
import dev.deltapress.delta.ExactBlock;
import dev.deltapress.delta.TensorRecord;
import dev.deltapress.delta.TensorRecord.Kind;
import dev.deltapress.parallel.Team;
import dev.deltapress.tensor.MappedPages;
import dev.deltapress.tensor.TensorInfo;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Checks a delta: alone, against its base, or against the model that it was made from. */
public final class Verifier {
    private final VerifyRequest request;
    private final DeltaReader delta;
    private final Progress progress;

    private Verifier(VerifyRequest request, DeltaReader delta, Progress progress) {
        this.request = request;
        this.delta = delta;
        this.progress = progress;
    }

    private record Checked(TensorReport report, ErrorSums errors) {}

    /**
     * Verifies. Whatever is wrong is thrown, naming file and tensor.
     *
     * @throws UsageException for a tuned model without a base
     */
    public static VerifyReport verify(VerifyRequest request, Progress progress) throws IOException {
        long start = System.nanoTime();
        if (request.tuned() != null && request.base() == null) {
            throw new UsageException("verify --tuned needs --base as well");
        }
        try (DeltaReader delta = DeltaReader.open(request.delta())) {
            return new Verifier(request, delta, progress).run(start);
        }
    }

    private VerifyReport run(long start) throws IOException {
        if (request.base() == null) {
            List<TensorReport> reports = new ArrayList<>();
            for (TensorRecord record : delta.manifest().tensors()) {
                delta.checkPayloads(record);
                reports.add(TensorReports.of(record, delta, Double.NaN));
            }
            return report(List.of("checksums"), reports, null, start);
        }
        try (Checkpoint base = Checkpoints.open(request.base());
                Checkpoint tuned =
                        request.tuned() == null ? null : Checkpoints.open(request.tuned());
                Team team = new Team(request.resources().threads());
                Backend backend = request.resources().backend(team, progress::note)) {
            Workers workers = new Workers(team, backend, MemoryLimit.of(request.resources()));
            List<Checked> checked = checkTensors(base, tuned, workers);
            ErrorSums errors =
                    checked.stream().map(Checked::errors).reduce(ErrorSums.ZERO, ErrorSums::plus);
            return report(
                    tuned == null
                            ? List.of("checksums", "fingerprints")
                            : List.of("checksums", "fingerprints", "errors"),
                    checked.stream().map(Checked::report).toList(),
                    tuned == null ? null : errors,
                    start);
        }
    }

    private List<Checked> checkTensors(Checkpoint base, @Nullable Checkpoint tuned, Workers workers)
            throws IOException {
        BaseTensors bases = new BaseTensors(base, delta);
        TensorDecoder decoder = new TensorDecoder(bases, delta);
        List<TensorRecord> records = delta.manifest().tensors();
        progress.begin(
                "verifying", records.stream().mapToLong(r -> r.dtype().byteSize(r.shape())).sum());
        List<Checked> checked =
                workers.map(
                        records,
                        TensorRecord::displayName,
                        record -> workers.memory().toVerify(record, tuned != null),
                        (record, session) -> {
                            delta.checkPayloads(record);
                            Checked result = check(record, bases, decoder, tuned, session);
                            progress.advance(
                                    record.dtype().byteSize(record.shape()), record.displayName());
                            return result;
                        });
        bases.checkRemoved();
        return checked;
    }

    private Checked check(
            TensorRecord record,
            BaseTensors bases,
            TensorDecoder decoder,
            @Nullable Checkpoint tuned,
            Session session)
            throws IOException {
        if (tuned == null) {
            try (Arena arena = Arena.ofShared()) {
                bases.map(record, arena);
            }
            return new Checked(TensorReports.of(record, delta, Double.NaN), ErrorSums.ZERO);
        }
        TensorInfo info = tuned.tensors().get(record.name());
        if (info == null
                || info.dtype() != record.dtype()
                || !info.shape().equals(record.shape())) {
            throw new MismatchException(
                    "%s: tensor '%s' is %s, the delta has %s %s"
                            .formatted(
                                    tuned.path(),
                                    record.displayName(),
                                    info == null ? "missing" : info.dtype() + " " + info.shape(),
                                    record.dtype(),
                                    record.shape()));
        }
        try (Arena arena = Arena.ofShared()) {
            MemorySegment expected = tuned.map(record.name(), arena);
            if (record.kind().isDelta()) {
                ErrorSums errors = measure(record, decoder, expected, session);
                requireTail(record, decoder, expected, tuned);
                return new Checked(TensorReports.of(record, delta, errors.relative()), errors);
            }
            Comparison comparison = new Comparison(expected);
            decoder.restore(record, record.dtype(), session, comparison);
            // What was taken from the base may be lost; the rest is stored exactly.
            if (record.kind() != Kind.EQUAL) {
                requireEqual(comparison, record, tuned);
            }
            double error = comparison.first >= 0 ? 1 : 0;
            return new Checked(TensorReports.of(record, delta, error), ErrorSums.ZERO);
        }
    }

    /** Rows that only the tuned model has are stored exactly, whatever the others are. */
    private static void requireTail(
            TensorRecord record, TensorDecoder decoder, MemorySegment expected, Checkpoint tuned)
            throws IOException {
        Comparison comparison = new Comparison(expected);
        decoder.restoreTail(record, TensorPart.all(record), record.dtype(), comparison);
        requireEqual(comparison, record, tuned);
    }

    private static void requireEqual(Comparison comparison, TensorRecord record, Checkpoint tuned) {
        if (comparison.first >= 0) {
            throw new MismatchException(
                    "%s: tensor '%s' is stored exactly, but differs at byte %d: not the model that the delta was made from"
                            .formatted(tuned.path(), record.displayName(), comparison.first));
        }
    }

    /** Holds pieces of a tensor against what they should be. */
    private static final class Comparison implements ExactBlock.Output {
        private final MemorySegment expected;

        /** Byte that differs first, or -1. */
        private long first = -1;

        Comparison(MemorySegment expected) {
            this.expected = expected;
        }

        @Override
        public void write(long at, MemorySegment piece) {
            MemorySegment same = expected.asSlice(at, piece.byteSize());
            long mismatch = same.mismatch(piece);
            if (mismatch >= 0 && first < 0) {
                first = at + mismatch;
            }
            MappedPages.release(same);
        }
    }

    private static ErrorSums measure(
            TensorRecord record, TensorDecoder decoder, MemorySegment expected, Session session)
            throws IOException {
        List<ErrorSums> errors = new ArrayList<>();
        decoder.visitMatrices(
                record,
                (slice, before, coded) -> {
                    MatrixView after =
                            TensorDecoder.slice(
                                    expected,
                                    record.dtype(),
                                    before.rows(),
                                    before.columns(),
                                    slice);
                    try (Delta truth = session.subtract(after, before);
                            Delta decoded = coded.decode(session)) {
                        errors.add(
                                Measurement.of(
                                        session,
                                        before,
                                        after,
                                        truth,
                                        decoded,
                                        decoder.where(record)));
                    }
                    MappedPages.release(after.data());
                });
        return errors.stream().reduce(ErrorSums.ZERO, ErrorSums::plus);
    }

    private static VerifyReport report(
            List<String> checked,
            List<TensorReport> tensors,
            @Nullable ErrorSums errors,
            long start) {
        return new VerifyReport(
                checked,
                new ArrayList<>(tensors),
                errors == null ? Double.NaN : errors.relative(),
                errors == null ? Double.NaN : errors.restoredRelative(),
                (System.nanoTime() - start) / 1e9);
    }
}
