package dev.deltapress.cuda;

import dev.deltapress.panama.DeltaPressNative;
import dev.deltapress.panama.DeviceEvent;
import dev.deltapress.panama.DeviceStream;
import dev.deltapress.panama.PinnedBuffer;

import java.lang.foreign.MemorySegment;

/**
 * Copies between host memory of any kind and a device through two page-locked buffers: while the
 * device copies from one, the host fills the other. For one thread.
 */
final class Staging implements AutoCloseable {
    private static final long BYTES = 8L << 20;
    private static final int HALVES = 2;

    private final DeltaPressNative library;
    private final DeviceStream stream;
    private final PinnedBuffer[] buffers = new PinnedBuffer[HALVES];
    private final DeviceEvent[] done = new DeviceEvent[HALVES];
    private int next;

    Staging(DeltaPressNative library, int device, DeviceStream stream) {
        this.library = library;
        this.stream = stream;
        try {
            for (int half = 0; half < HALVES; half++) {
                buffers[half] = new PinnedBuffer(library, BYTES);
                done[half] = new DeviceEvent(library, device);
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Queues a copy to the device; {@code host} may be changed afterwards. */
    void upload(MemorySegment host, MemorySegment device) {
        for (long at = 0; at < host.byteSize(); at += BYTES) {
            long length = Math.min(BYTES, host.byteSize() - at);
            int half = takeTurn();
            buffers[half].segment().asSlice(0, length).copyFrom(host.asSlice(at, length));
            library.copyToDevice(
                    stream.address(), offset(device, at), buffers[half].segment(), length);
            done[half].record(stream);
        }
    }

    /** Copies to the host, after all work queued before; done when it returns. */
    void download(MemorySegment device, MemorySegment host) {
        long pending = -1;
        int pendingHalf = 0;
        for (long at = 0; at < host.byteSize(); at += BYTES) {
            int half = takeTurn();
            long length = Math.min(BYTES, host.byteSize() - at);
            library.copyToHost(
                    stream.address(), buffers[half].segment(), offset(device, at), length);
            done[half].record(stream);
            if (pending >= 0) {
                receive(pendingHalf, host, pending);
            }
            pending = at;
            pendingHalf = half;
        }
        if (pending >= 0) {
            receive(pendingHalf, host, pending);
        }
    }

    private void receive(int half, MemorySegment host, long at) {
        done[half].sync();
        long length = Math.min(BYTES, host.byteSize() - at);
        host.asSlice(at, length).copyFrom(buffers[half].segment().asSlice(0, length));
    }

    /** The half whose turn it is, once the device has let go of it. */
    private int takeTurn() {
        int half = next;
        next = (next + 1) % HALVES;
        done[half].sync();
        return half;
    }

    private static MemorySegment offset(MemorySegment device, long at) {
        return MemorySegment.ofAddress(device.address() + at);
    }

    @Override
    public void close() {
        for (int half = 0; half < HALVES; half++) {
            if (done[half] != null) {
                done[half].close();
            }
            if (buffers[half] != null) {
                buffers[half].close();
            }
        }
    }
}
