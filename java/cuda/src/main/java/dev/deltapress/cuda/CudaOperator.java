package dev.deltapress.cuda;

import dev.deltapress.backend.DeltaOperator;
import dev.deltapress.backend.PackedMatrix;
import dev.deltapress.backend.Weights;
import dev.deltapress.cuda.DeviceLimit.Reservation;
import dev.deltapress.cuda.DeviceMatrix.Precision;
import dev.deltapress.cuda.SparseAlgebra.Dense;
import dev.deltapress.cuda.SparseAlgebra.Order;
import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.MaskKey.Side;
import dev.deltapress.panama.DeviceBuffer;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;

/** A delta in device memory that is applied to vectors: two sparse factors. */
final class CudaOperator implements DeltaOperator {
    private final ServingWorkers workers;
    private final FactorBlock block;
    private final Reservation reservation;

    private final long byteSize;
    private final DeviceBuffer memory;

    /** U diag(s) gain, rows x rank. */
    private final DeviceCsr u;

    /** V', rank x columns. */
    private final DeviceCsr vt;

    CudaOperator(ServingWorkers workers, PackedMatrix packed) {
        this.workers = workers;
        this.block = packed.checkedHeader();
        long left = block.survivors(Side.U, packed.key());
        long right = block.survivors(Side.V, packed.key());
        long leftBytes = DeviceCsr.byteSize(rows(), left);
        this.byteSize = leftBytes + DeviceCsr.byteSize(rank(), right);
        this.reservation = workers.limit().hold(byteSize);
        try {
            memory = workers.allocate(byteSize);
        } catch (RuntimeException e) {
            reservation.close();
            throw e;
        }
        MemorySegment start = memory.address();
        u = DeviceCsr.within(start, rows(), rank(), left);
        vt =
                DeviceCsr.within(
                        MemorySegment.ofAddress(start.address() + leftBytes),
                        rank(),
                        columns(),
                        right);
        try {
            if (rank() > 0) {
                load(packed);
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private void load(PackedMatrix packed) {
        workers.run(
                worker -> {
                    try (DeviceScope scratch = new DeviceScope(worker)) {
                        DecodedFactors decoded = DecodedFactors.of(scratch, block, packed);
                        decoded.sparseV(vt);
                        decoded.sparseU(u);
                        worker.stream().sync();
                    }
                });
    }

    @Override
    public int rows() {
        return block.rows();
    }

    @Override
    public int columns() {
        return block.columns();
    }

    @Override
    public int rank() {
        return block.rank();
    }

    @Override
    public long byteSize() {
        return byteSize;
    }

    @Override
    public void apply(@Nullable Weights base, MemorySegment x, int batch, MemorySegment y) {
        boolean onDevice = x.byteSize() == 0 && y.byteSize() == 0;
        requireFits(base, x, batch, y, onDevice);
        workers.run(
                worker -> {
                    try (DeviceScope scratch = new DeviceScope(worker)) {
                        MemorySegment in = onDevice ? x : scratch.upload(x);
                        MemorySegment out = onDevice ? y : scratch.allocate(y.byteSize());
                        apply(worker, scratch, (CudaWeights) base, in, batch, out);
                        if (!onDevice) {
                            scratch.download(out, y);
                        }
                        worker.stream().sync();
                    }
                });
    }

    private void apply(
            Worker worker,
            DeviceScope scratch,
            @Nullable CudaWeights base,
            MemorySegment x,
            int batch,
            MemorySegment y) {
        if (base != null) {
            DeviceMatrix vectors = new DeviceMatrix(x, Precision.F32, columns(), batch);
            DeviceMatrix results = new DeviceMatrix(y, Precision.F32, rows(), batch);
            worker.algebra().multiply(1, base.matrix(), true, vectors, false, 0, results);
        } else if (rank() == 0) {
            worker.library().fill(scratch.stream(), y, 0, (long) batch * rows() * Float.BYTES);
        }
        if (rank() > 0) {
            MemorySegment parts = scratch.allocate((long) batch * rank() * Float.BYTES);
            Dense vectors = new Dense(x, columns(), batch, Order.COLUMNS);
            Dense between = new Dense(parts, rank(), batch, Order.COLUMNS);
            Dense results = new Dense(y, rows(), batch, Order.COLUMNS);
            worker.sparse().multiply(vt, vectors, 0, between);
            worker.sparse().multiply(u, between, base == null ? 0 : 1, results);
        }
    }

    @Override
    public void close() {
        try (reservation) {
            memory.close();
        }
    }
}
