package dev.deltapress.cuda;

import dev.deltapress.backend.MatrixView;
import dev.deltapress.backend.Weights;
import dev.deltapress.cuda.DeviceLimit.Reservation;
import dev.deltapress.panama.DeviceBuffer;
import dev.deltapress.panama.HeaderValues;

/** A base matrix in device memory, in the type that it has on disk. */
final class CudaWeights implements Weights {
    private final MatrixView shape;
    private final Reservation reservation;
    private final DeviceBuffer buffer;

    CudaWeights(ServingWorkers workers, MatrixView base) {
        this.shape = base;
        this.reservation = workers.limit().hold(base.data().byteSize());
        try {
            buffer = workers.allocate(base.data().byteSize());
        } catch (RuntimeException e) {
            reservation.close();
            throw e;
        }
        try {
            workers.run(
                    worker -> {
                        worker.staging().upload(base.data(), buffer.address());
                        worker.stream().sync();
                    });
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    @Override
    public int rows() {
        return shape.rows();
    }

    @Override
    public int columns() {
        return shape.columns();
    }

    DeviceBuffer buffer() {
        return buffer;
    }

    /** {@code dp_type}. */
    int type() {
        return HeaderValues.type(shape.dtype());
    }

    @Override
    public void close() {
        try (reservation) {
            buffer.close();
        }
    }
}
