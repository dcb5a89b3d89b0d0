package dev.deltapress.cuda;

import dev.deltapress.backend.Backend;
import dev.deltapress.backend.DeltaOperator;
import dev.deltapress.backend.MatrixView;
import dev.deltapress.backend.PackedMatrix;
import dev.deltapress.backend.Weights;
import dev.deltapress.panama.DeltaPressNative;
import dev.deltapress.panama.DeviceInfo;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * The backend on NVIDIA devices. Every session is a worker with a stream of its own; where there
 * are several devices they take turns.
 */
final class CudaBackend implements Backend {
    static final String NAME = "cuda";

    /** Part of what is free that is taken where nobody says how much. */
    private static final double SHARE = 0.9;

    /** Elements of a matrix that keeps a device busy alone. */
    private static final long BATCH_ELEMENTS = 1L << 22;

    private static final int MOST_TOGETHER = 16;

    private final DeltaPressNative library;
    private final DeviceLimit[] limits;
    private final AtomicInteger sessions = new AtomicInteger();
    private final ServingWorkers serving;

    /**
     * @param deviceMemory bytes that may be taken of each device; 0 for most of what is free
     */
    CudaBackend(DeltaPressNative library, int devices, long deviceMemory) {
        this.library = library;
        this.limits = new DeviceLimit[devices];
        for (int device = 0; device < devices; device++) {
            long free = DeviceInfo.of(library, device).memoryFree();
            long most = (long) (SHARE * free);
            limits[device] =
                    new DeviceLimit(deviceMemory == 0 ? most : Math.min(deviceMemory, free));
        }
        this.serving = new ServingWorkers(library, limits[ServingWorkers.DEVICE]);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public boolean isOnDevice() {
        return true;
    }

    @Override
    public Weights weights(MatrixView base) {
        return new CudaWeights(serving, base);
    }

    @Override
    public DeltaOperator operator(PackedMatrix packed) {
        return new CudaOperator(serving, packed);
    }

    @Override
    public int batch(int rows, int columns) {
        return batchOf(rows, columns);
    }

    /** As many small matrices as keep a device as busy as a large one. */
    static int batchOf(int rows, int columns) {
        long elements = Math.max(1, (long) rows * columns);
        return Math.clamp(BATCH_ELEMENTS / elements, 1, MOST_TOGETHER);
    }

    @Override
    public Session open() {
        int device = Math.floorMod(sessions.getAndIncrement(), limits.length);
        return new CudaSession(new Worker(library, device), limits[device]);
    }

    @Override
    public void close() {
        serving.close();
    }
}
