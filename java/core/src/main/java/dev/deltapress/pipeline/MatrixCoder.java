package dev.deltapress.pipeline;

import dev.deltapress.DeltaPressException;
import dev.deltapress.backend.Backend;
import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.backend.CodedMatrix;
import dev.deltapress.backend.ErrorSums;
import dev.deltapress.backend.MatrixView;
import dev.deltapress.backend.PackedMatrix;
import dev.deltapress.delta.FactorEntropy;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.delta.TensorRecord.Kind;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.MappedPages;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Codes the matrices of tensors as blocks, as many at once as the backend likes. */
final class MatrixCoder {
    private final CompressRequest request;
    private final Path tuned;
    private final Backend backend;

    /**
     * @param tuned names the model in errors
     */
    MatrixCoder(CompressRequest request, Path tuned, Backend backend) {
        this.request = request;
        this.tuned = tuned;
        this.backend = backend;
    }

    /** A tensor's weights, and what becomes of them. */
    static final class Coding {
        private final TensorPlan plan;
        private final MemorySegment tuned;
        private final MemorySegment base;
        private final DType baseType;
        private final List<MemorySegment> blocks = new ArrayList<>();
        private ErrorSums errors = ErrorSums.ZERO;
        private boolean nonFinite;

        Coding(TensorPlan plan, MemorySegment tuned, MemorySegment base, DType baseType) {
            this.plan = plan;
            this.tuned = tuned;
            this.base = base;
            this.baseType = baseType;
        }

        /** Whether it is to be stored exactly for its NaNs. */
        boolean isNonFinite() {
            return nonFinite;
        }

        /** Of all its matrices. */
        List<MemorySegment> blocks() {
            return blocks;
        }

        /** How far the blocks are from the truth. */
        ErrorSums errors() {
            return errors;
        }
    }

    /** One matrix of a tensor. */
    private record Slice(Coding tensor, int number) {
        MatrixView after() {
            return view(tensor.tuned, tensor.plan.tuned().dtype());
        }

        MatrixView before() {
            return view(tensor.base, tensor.baseType);
        }

        private MatrixView view(MemorySegment data, DType dtype) {
            TensorPlan plan = tensor.plan;
            return TensorDecoder.slice(data, dtype, plan.rows(), plan.columns(), number);
        }

        long budget() {
            return tensor.plan.budget() / tensor.plan.slices();
        }

        String name() {
            return tensor.plan.displayName();
        }

        void releasePages() {
            MappedPages.release(after().data());
            MappedPages.release(before().data());
        }
    }

    /**
     * Codes every matrix.
     *
     * @param tensors a group of {@link TensorGroups}
     */
    void code(List<Coding> tensors, Session session) throws IOException {
        List<Slice> slices = new ArrayList<>();
        for (Coding tensor : tensors) {
            for (int number = 0; number < tensor.plan.slices(); number++) {
                slices.add(new Slice(tensor, number));
            }
        }
        int from = 0;
        while (from < slices.size()) {
            TensorPlan plan = slices.get(from).tensor().plan;
            int to = Math.min(slices.size(), from + backend.batch(plan.rows(), plan.columns()));
            codeTogether(slices.subList(from, to), session);
            from = to;
        }
    }

    private void codeTogether(List<Slice> slices, Session session) throws IOException {
        List<Slice> finite = new ArrayList<>();
        List<Delta> deltas = new ArrayList<>();
        try {
            for (Slice slice : slices) {
                Delta delta = Workers.naming(slice.name(), () -> finiteDelta(slice, session));
                if (delta != null) {
                    deltas.add(delta);
                    finite.add(slice);
                }
            }
            if (finite.isEmpty()) {
                return;
            }
            List<MaskKey> keys = finite.stream().map(this::key).toList();
            List<Long> budgets = finite.stream().map(Slice::budget).toList();
            String names =
                    finite.stream().map(Slice::name).distinct().collect(Collectors.joining("', '"));
            List<MemorySegment> blocks =
                    Workers.naming(
                            names, () -> request.method().encode(session, deltas, keys, budgets));
            for (int i = 0; i < blocks.size(); i++) {
                finish(finite.get(i), deltas.get(i), blocks.get(i), session);
            }
        } finally {
            deltas.forEach(Delta::close);
        }
    }

    /** Null where the tensor is to be stored exactly for its NaNs. */
    private @Nullable Delta finiteDelta(Slice slice, Session session) {
        if (slice.tensor().nonFinite) {
            return null;
        }
        Delta delta = session.subtract(slice.after(), slice.before());
        if (delta.nonFinite() > 0) {
            long count = delta.nonFinite();
            delta.close();
            refuseNonFinite(slice, count);
            slice.tensor().nonFinite = true;
            return null;
        }
        slice.releasePages();
        return delta;
    }

    private void refuseNonFinite(Slice slice, long count) {
        if (request.nonFinite() == NonFinitePolicy.REFUSE) {
            throw new DeltaPressException(
                    "%s: tensor '%s': %d elements of the delta are NaN or infinite; --nonfinite=exact keeps the tensor exactly"
                            .formatted(tuned, slice.name(), count));
        }
    }

    /** Measures what a block decodes to, and keeps it. */
    private void finish(Slice slice, Delta delta, MemorySegment block, Session session)
            throws IOException {
        Coding tensor = slice.tensor();
        String where = tuned + ": '" + slice.name() + "'";
        ErrorSums errors =
                Workers.naming(
                        slice.name(),
                        () -> {
                            try (Delta decoded = coded(slice, block, where).decode(session)) {
                                return Measurement.of(
                                        session,
                                        slice.before(),
                                        slice.after(),
                                        delta,
                                        decoded,
                                        where);
                            }
                        });
        tensor.blocks.add(deflated(slice, block, where));
        tensor.errors = tensor.errors.plus(errors);
        slice.releasePages();
    }

    private CodedMatrix coded(Slice slice, MemorySegment block, String where) {
        TensorPlan plan = slice.tensor().plan;
        return new CodedMatrix(
                kind(), new PackedMatrix(block, plan.rows(), plan.columns(), key(slice), where));
    }

    /** As it lies in the file. */
    private MemorySegment deflated(Slice slice, MemorySegment block, String where) {
        TensorPlan plan = slice.tensor().plan;
        return kind() == Kind.FACTORS
                ? FactorEntropy.deflate(block, plan.rows(), plan.columns(), key(slice), where)
                : block;
    }

    /** How matrices are stored. */
    Kind kind() {
        return request.method().kind();
    }

    private MaskKey key(Slice slice) {
        return new MaskKey(request.seed(), slice.tensor().plan.id() + slice.number());
    }
}
