package dev.deltapress.cuda;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.deltapress.cuda.DeviceMatrix.Precision;
import dev.deltapress.panama.DeltaPressNative;
import dev.deltapress.panama.DeviceBuffer;
import dev.deltapress.panama.Scratch;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

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
        long bytes = (long) rows * columns * precision.bytes();
        return new DeviceMatrix(allocate(bytes), precision, rows, columns);
    }

    /** What a factorisation says of itself, after all work queued before. */
    int readInt(MemorySegment device) {
        MemorySegment number = host.allocate(JAVA_INT);
        download(device, number);
        return number.get(JAVA_INT, 0);
    }

    @Override
    public void close() {
        taken.forEach(worker.pool()::give);
        taken.clear();
        host.close();
    }
}
