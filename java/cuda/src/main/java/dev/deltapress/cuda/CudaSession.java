package dev.deltapress.cuda;

import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Factors;
import dev.deltapress.backend.Backend.Measured;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.backend.ErrorSums;
import dev.deltapress.backend.HostLoops;
import dev.deltapress.backend.MatrixView;
import dev.deltapress.backend.PackedMatrix;
import dev.deltapress.cuda.DeviceMatrix.Precision;
import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.linalg.RankRule;
import dev.deltapress.panama.FactorValues;
import dev.deltapress.panama.HeaderValues;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One worker's tensors on a device. What goes up are weights as they lie, what comes down is
 * packed.
 */
final class CudaSession implements Session {
    private final Worker worker;
    private final DeviceLimit limit;

    /** Held from the first matrix of a tensor until the last is closed. */
    private DeviceLimit.@Nullable Reservation reservation;

    private int open;

    CudaSession(Worker worker, DeviceLimit limit) {
        this.worker = worker;
        this.limit = limit;
        limit.add(worker.pool());
    }

    /**
     * A delta, and the pair that it was made of, which {@link #measure} looks at again. Memory is
     * that of a scope that lives as long as it.
     */
    private final class CudaDelta implements Delta {
        private final DeviceScope scope = new DeviceScope(worker);
        private final DeviceMatrix matrix;
        private long nonFinite;
        private @Nullable Uploaded tuned;
        private @Nullable Uploaded base;
        private boolean closed;

        CudaDelta(int rows, int columns) {
            enter(rows, columns);
            try {
                // Rows of a checkpoint's matrix are columns here.
                matrix = scope.matrix(Precision.F32, /* rows= */ columns, /* columns= */ rows);
            } catch (RuntimeException e) {
                close();
                throw e;
            }
        }

        @Override
        public int rows() {
            return matrix.columns();
        }

        @Override
        public int columns() {
            return matrix.rows();
        }

        @Override
        public long nonFinite() {
            return nonFinite;
        }

        DeviceMatrix matrix() {
            if (closed) {
                throw new IllegalStateException("closed");
            }
            return matrix;
        }

        @Override
        public void close() {
            if (!closed) {
                closed = true;
                scope.close();
                leave();
            }
        }
    }

    record CudaFactors(DeviceScope scope, DeviceMatrix ut, float[] s, DeviceMatrix vt)
            implements Factors {
        @Override
        public int rank() {
            return s.length;
        }

        @Override
        public float[] singularValues() {
            return Arrays.copyOf(s, s.length);
        }

        @Override
        public void close() {
            scope.close();
        }
    }

    private void enter(int rows, int columns) {
        if (open++ == 0) {
            try {
                int batch = CudaBackend.batchOf(rows, columns);
                reservation =
                        limit.reserve(
                                DeviceNeed.of(1, rows, columns),
                                DeviceNeed.of(batch, rows, columns));
            } catch (RuntimeException e) {
                open--;
                throw e;
            }
        }
    }

    private void leave() {
        if (--open == 0 && reservation != null) {
            reservation.close();
            reservation = null;
        }
    }

    @Override
    public Delta subtract(MatrixView tuned, MatrixView base) {
        if (tuned.rows() != base.rows() || tuned.columns() != base.columns()) {
            throw new IllegalArgumentException("shapes differ: %s, %s".formatted(tuned, base));
        }
        CudaDelta delta = new CudaDelta(tuned.rows(), tuned.columns());
        try (DeviceScope scratch = new DeviceScope(worker)) {
            delta.tuned = Uploaded.of(delta.scope, tuned);
            delta.base = Uploaded.of(delta.scope, base);
            MemorySegment count = scratch.allocate(Long.BYTES);
            worker.library()
                    .subtract(
                            scratch.stream(),
                            delta.matrix().count(),
                            delta.tuned.data(),
                            delta.tuned.type(),
                            delta.base.data(),
                            delta.base.type(),
                            delta.matrix().data(),
                            count);
            delta.nonFinite = scratch.read(count);
            return delta;
        } catch (RuntimeException e) {
            delta.close();
            throw e;
        }
    }

    @Override
    public Factors factorise(Delta delta, RankRule rank) {
        return factorise(List.of(delta), List.of(rank)).getFirst();
    }

    @Override
    public List<Factors> factorise(List<Delta> deltas, List<RankRule> ranks) {
        List<DeviceScope> owners = new ArrayList<>();
        try {
            List<DeviceMatrix> matrices = new ArrayList<>();
            for (Delta delta : deltas) {
                owners.add(new DeviceScope(worker));
                matrices.add(((CudaDelta) delta).matrix());
            }
            List<DeviceSvd.Triplets> found = new DeviceSvd(worker).compute(owners, matrices, ranks);
            List<Factors> factors = new ArrayList<>();
            for (int i = 0; i < found.size(); i++) {
                DeviceSvd.Triplets one = found.get(i);
                factors.add(new CudaFactors(owners.get(i), one.columns(), one.s(), one.rows()));
            }
            return factors;
        } catch (RuntimeException e) {
            owners.forEach(DeviceScope::close);
            throw e;
        }
    }

    @Override
    public void pack(Factors factors, FactorBlock block, MaskKey key, MemorySegment out) {
        CudaFactors ours = (CudaFactors) factors;
        if (block.rank() == 0) {
            HostLoops.requireFilled(block.writeHeader(out), out);
            return;
        }
        try (DeviceScope scratch = new DeviceScope(worker)) {
            FactorValues values = new FactorValues(scratch, block, key);
            HostLoops.requireFilled(values.end(), out);
            MemorySegment packed = scratch.allocate(values.end());
            long header = values.pack(ours.ut().data(), ours.vt().data(), packed).writeHeader(out);
            scratch.download(
                    MemorySegment.ofAddress(packed.address() + header), out.asSlice(header));
        }
    }

    @Override
    public double[] fitMultipliers(Delta delta, PackedMatrix packed) {
        FactorBlock block = packed.checkedHeader().withoutMultipliers();
        try (DeviceScope scratch = new DeviceScope(worker)) {
            FactorValues values = new FactorValues(scratch, block, packed.key());
            DeviceMatrix u = scratch.matrix(Precision.F32, delta.rows(), block.rank());
            DeviceMatrix v = scratch.matrix(Precision.F32, delta.columns(), block.rank());
            values.unpack(scratch.upload(packed.bytes()), u.data(), v.data());
            return new DeviceFit(worker, scratch).solve(((CudaDelta) delta).matrix(), u, v);
        }
    }

    @Override
    public Factors refitLeft(Delta delta, Factors factors, PackedMatrix packed) {
        FactorBlock block = packed.checkedHeader().withoutMultipliers();
        DeviceScope owner = new DeviceScope(worker);
        try (DeviceScope scratch = new DeviceScope(worker)) {
            FactorValues values = new FactorValues(scratch, block, packed.key());
            DeviceMatrix u = owner.matrix(Precision.F32, delta.rows(), block.rank());
            DeviceMatrix v = scratch.matrix(Precision.F32, delta.columns(), block.rank());
            values.unpack(scratch.upload(packed.bytes()), u.data(), v.data());
            DeviceFit fit = new DeviceFit(worker, scratch);
            float[] s = fit.solveLeft(((CudaDelta) delta).matrix(), v, u);
            DeviceMatrix sameV = ((CudaFactors) factors).vt().columnRange(0, block.rank());
            return new CudaFactors(owner, u, s, sameV);
        } catch (RuntimeException e) {
            owner.close();
            throw e;
        }
    }

    @Override
    public Delta unpack(PackedMatrix packed) {
        FactorBlock block = packed.checkedHeader();
        CudaDelta delta = new CudaDelta(block.rows(), block.columns());
        try (DeviceScope scratch = new DeviceScope(worker)) {
            if (block.rank() == 0) {
                DeviceMatrix all = delta.matrix();
                worker.library().fill(scratch.stream(), all.data(), 0, all.byteSize());
                return delta;
            }
            FactorValues values = new FactorValues(scratch, block, packed.key());
            DeviceMatrix u = scratch.matrix(Precision.F32, block.rows(), block.rank());
            DeviceMatrix v = scratch.matrix(Precision.F32, block.columns(), block.rank());
            values.unpack(scratch.upload(packed.bytes()), u.data(), v.data());
            worker.algebra().multiply(1, v, false, u, true, 0, delta.matrix());
            return delta;
        } catch (RuntimeException e) {
            delta.close();
            throw e;
        }
    }

    @Override
    public Delta delta(MatrixView values) {
        CudaDelta delta = new CudaDelta(values.rows(), values.columns());
        try {
            worker.staging().upload(values.data(), delta.matrix().data());
            return delta;
        } catch (RuntimeException e) {
            delta.close();
            throw e;
        }
    }

    @Override
    public void values(Delta delta, MatrixView out) {
        worker.staging().download(((CudaDelta) delta).matrix().data(), out.data());
    }

    @Override
    public long restore(PackedMatrix packed, int row, MatrixView base, MatrixView out) {
        packed.requireRows(row, base);
        packed.requireRows(row, out);
        FactorBlock block = packed.checkedHeader();
        enter(packed.rows(), packed.columns());
        try (DeviceScope scratch = new DeviceScope(worker)) {
            return new DeviceRestore(worker, scratch, packed, block).restore(row, base, out);
        } finally {
            leave();
        }
    }

    @Override
    public long add(MatrixView base, Delta delta, MatrixView out) {
        try (DeviceScope scratch = new DeviceScope(worker)) {
            Uploaded restored = Uploaded.roomFor(scratch, out);
            long overflows = add(scratch, Uploaded.of(scratch, base), delta, restored);
            scratch.download(restored.data(), out.data());
            return overflows;
        }
    }

    private long add(DeviceScope scratch, Uploaded base, Delta delta, Uploaded out) {
        DeviceMatrix matrix = ((CudaDelta) delta).matrix();
        MemorySegment count = scratch.allocate(Long.BYTES);
        worker.library()
                .add(
                        scratch.stream(),
                        matrix.count(),
                        base.data(),
                        base.type(),
                        matrix.data(),
                        out.data(),
                        out.type(),
                        count);
        return scratch.read(count);
    }

    @Override
    public Measured measure(Delta truth, Delta decoded, MatrixView tuned, MatrixView base) {
        CudaDelta ours = (CudaDelta) truth;
        if (ours.tuned == null || ours.base == null) {
            throw new IllegalArgumentException("the true delta is not a difference");
        }
        try (DeviceScope scratch = new DeviceScope(worker)) {
            Uploaded restored = Uploaded.roomFor(scratch, tuned);
            long overflows = add(scratch, ours.base, decoded, restored);
            return new Measured(compare(scratch, truth, decoded, ours.tuned, restored), overflows);
        }
    }

    @Override
    public ErrorSums compare(Delta truth, Delta decoded, MatrixView tuned, MatrixView restored) {
        try (DeviceScope scratch = new DeviceScope(worker)) {
            Uploaded expected = Uploaded.of(scratch, tuned);
            return compare(scratch, truth, decoded, expected, Uploaded.of(scratch, restored));
        }
    }

    private ErrorSums compare(
            DeviceScope scratch, Delta truth, Delta decoded, Uploaded tuned, Uploaded restored) {
        DeviceMatrix expected = ((CudaDelta) truth).matrix();
        MemorySegment sums = scratch.allocate(HeaderValues.ERROR_SUMS * Double.BYTES);
        worker.library()
                .errorSums(
                        scratch.stream(),
                        expected.count(),
                        expected.data(),
                        ((CudaDelta) decoded).matrix().data(),
                        tuned.data(),
                        tuned.type(),
                        restored.data(),
                        restored.type(),
                        scratch.allocate(HeaderValues.errorSumsWorkspace(expected.count())),
                        sums);
        MemorySegment host =
                scratch.host().allocate(ValueLayout.JAVA_DOUBLE, HeaderValues.ERROR_SUMS);
        scratch.download(sums, host);
        return new ErrorSums(
                host.getAtIndex(ValueLayout.JAVA_DOUBLE, 0),
                host.getAtIndex(ValueLayout.JAVA_DOUBLE, 1),
                host.getAtIndex(ValueLayout.JAVA_DOUBLE, 2));
    }

    @Override
    public void close() {
        limit.remove(worker.pool());
        worker.close();
    }
}
