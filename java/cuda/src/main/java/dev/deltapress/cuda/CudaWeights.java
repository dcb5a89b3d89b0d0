package dev.deltapress.cuda;

import dev.deltapress.backend.MatrixView;
import dev.deltapress.backend.Weights;
import dev.deltapress.cuda.DeviceLimit.Reservation;
import dev.deltapress.cuda.DeviceMatrix.Precision;
import dev.deltapress.panama.DeviceBuffer;
import dev.deltapress.panama.HeaderValues;
import dev.deltapress.tensor.DType;

import java.lang.foreign.MemorySegment;

/**
 * A base matrix in device memory, in fp32: of 16-bit weights cuBLAS makes products with 16-bit
 * vectors only, which lose what the delta adds.
 */
final class CudaWeights implements Weights {
    private final int rows;
    private final int columns;
    private final Reservation reservation;
    private final DeviceBuffer buffer;

    CudaWeights(ServingWorkers workers, MatrixView base) {
        this.rows = base.rows();
        this.columns = base.columns();
        long bytes = (long) rows * columns * Float.BYTES;
        this.reservation = workers.limit().hold(bytes);
        try {
            buffer = workers.allocate(bytes);
        } catch (RuntimeException e) {
            reservation.close();
            throw e;
        }
        try {
            workers.run(worker -> widen(worker, base));
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Zero plus each weight. */
    private void widen(Worker worker, MatrixView base) {
        try (DeviceScope scratch = new DeviceScope(worker)) {
            Uploaded weights = Uploaded.of(scratch, base);
            MemorySegment overflows = scratch.allocate(Long.BYTES);
            MemorySegment sums = buffer.address();
            worker.library().fill(scratch.stream(), sums, 0, matrix().byteSize());
            worker.library()
                    .add(
                            scratch.stream(),
                            matrix().count(),
                            weights.data(),
                            weights.type(),
                            sums,
                            sums,
                            HeaderValues.type(DType.F32),
                            overflows);
            worker.stream().sync();
        }
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int columns() {
        return columns;
    }

    /** Its transpose, as NVIDIA's libraries have it. */
    DeviceMatrix matrix() {
        return new DeviceMatrix(
                buffer.address(), Precision.F32, /* rows= */ columns, /* columns= */ rows);
    }

    @Override
    public void close() {
        try (reservation) {
            buffer.close();
        }
    }
}
