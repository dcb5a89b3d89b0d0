package dev.deltapress.cuda;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.deltapress.cuda.DeviceMatrix.Precision;
import dev.deltapress.panama.DeltaPressNative;
import dev.deltapress.panama.DeviceBuffer;
import dev.deltapress.panama.Scratch;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/** Memory that an operation needs until it ends; its close gives it back to the worker's pool. */
final class DeviceScope implements Scratch, AutoCloseable {
    private final Worker worker;
    private final Arena host = Arena.ofConfined();
    private final List<DeviceBuffer> taken = new ArrayList<>();

    DeviceScope(Worker worker) {
        this.worker = worker;
    }

    @Override
    public DeltaPressNative library() {
        return worker.library();
    }

    @Override
    public MemorySegment stream() {
        return worker.stream().address();
    }

    @Override
    public Arena host() {
        return host;
    }

    @Override
    public MemorySegment allocate(long byteSize) {
        DeviceBuffer buffer = worker.pool().take(byteSize);
        taken.add(buffer);
        return buffer.address();
    }

    @Override
    public MemorySegment upload(MemorySegment memory) {
        MemorySegment device = allocate(memory.byteSize());
        worker.staging().upload(memory, device);
        return device;
    }

    @Override
    public void download(MemorySegment device, MemorySegment memory) {
        worker.staging().download(device, memory);
    }

    /** A matrix with arbitrary content. */
    DeviceMatrix matrix(Precision precision, int rows, int columns) {
        return matrix(precision, rows, columns, 1);
    }

    /** A batch of matrices side by side, with arbitrary content. */
    DeviceMatrix matrix(Precision precision, int rows, int columns, int batch) {
        long bytes = (long) rows * columns * batch * precision.bytes();
        return new DeviceMatrix(allocate(bytes), precision, rows, columns, batch);
    }

    /** What factorisations say of themselves, after all work queued before. */
    int[] readInts(MemorySegment device, int count) {
        MemorySegment numbers = host.allocate(JAVA_INT, count);
        download(device, numbers);
        return numbers.toArray(JAVA_INT);
    }

    /** The same for results in fp64. */
    double[] readDoubles(MemorySegment device, long count) {
        MemorySegment numbers = host.allocate(JAVA_DOUBLE, count);
        download(device, numbers);
        return numbers.toArray(JAVA_DOUBLE);
    }

    /** Copies elements to a matrix or batch of the same shape and precision. */
    void copy(DeviceMatrix from, DeviceMatrix to) {
        forPairs(
                from,
                to,
                (x, y) -> library().copyOnDevice(stream(), y.data(), x.data(), x.byteSize()));
    }

    /** fp32 to fp64. */
    void widen(DeviceMatrix from, DeviceMatrix to) {
        forPairs(from, to, (x, y) -> library().widen(stream(), x.count(), x.data(), y.data()));
    }

    /** fp64 to fp32. */
    void narrow(DeviceMatrix from, DeviceMatrix to) {
        forPairs(from, to, (x, y) -> library().narrow(stream(), x.count(), x.data(), y.data()));
    }

    /** All at once where both are without gaps, else matrix after matrix. */
    private static void forPairs(
            DeviceMatrix from, DeviceMatrix to, BiConsumer<DeviceMatrix, DeviceMatrix> work) {
        if (from.isSideBySide() && to.isSideBySide()) {
            work.accept(from, to);
            return;
        }
        for (int i = 0; i < from.batch(); i++) {
            work.accept(from.one(i), to.one(i));
        }
    }

    @Override
    public void close() {
        taken.forEach(worker.pool()::give);
        taken.clear();
        host.close();
    }
}
