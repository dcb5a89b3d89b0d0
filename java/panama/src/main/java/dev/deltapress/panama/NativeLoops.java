package dev.deltapress.panama;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.deltapress.backend.ErrorSums;
import dev.deltapress.backend.HostLoops;
import dev.deltapress.backend.JavaLoops;
import dev.deltapress.backend.MatrixView;
import dev.deltapress.backend.RowAdder;
import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.linalg.Kernels;
import dev.deltapress.linalg.Matrix;
import dev.deltapress.linalg.SparseMatrix;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Elements;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;

/**
 * The loops of the host flavour, on memory where it lies. Packed bytes on the heap, which are few,
 * are copied.
 */
final class NativeLoops implements HostLoops {
    private final DeltaPressNative library;

    /** A stream is for one thread at a time; one for each that was ever in a call. */
    private final Deque<DeviceStream> idle = new ConcurrentLinkedDeque<>();

    NativeLoops(DeltaPressNative library) {
        this.library = library;
    }

    /** Work that is queued on a stream. */
    private interface Queued {
        void on(MemorySegment stream, Arena scratch);
    }

    /** Does work and waits for it. */
    private void run(Queued work) {
        DeviceStream pooled = idle.poll();
        DeviceStream stream = pooled == null ? new DeviceStream(library, 0) : pooled;
        try (Arena scratch = Arena.ofConfined()) {
            work.on(stream.address(), scratch);
            // The host flavour is done when a call returns: there is nothing to wait for.
        } finally {
            idle.push(stream);
        }
    }

    @Override
    public long subtract(Elements tuned, Elements base, Elements out) {
        requireSame(tuned, base, out);
        long[] nonFinite = new long[1];
        run(
                (stream, scratch) -> {
                    MemorySegment count = scratch.allocate(JAVA_LONG);
                    library.subtract(
                            stream,
                            out.count(),
                            tuned.data(),
                            HeaderValues.type(tuned.dtype()),
                            base.data(),
                            HeaderValues.type(base.dtype()),
                            f32(out),
                            count);
                    nonFinite[0] = count.get(JAVA_LONG, 0);
                });
        return nonFinite[0];
    }

    @Override
    public long add(Elements base, Elements delta, Elements out) {
        requireSame(base, delta, out);
        long[] overflows = new long[1];
        run(
                (stream, scratch) -> {
                    MemorySegment count = scratch.allocate(JAVA_LONG);
                    library.add(
                            stream,
                            out.count(),
                            base.data(),
                            HeaderValues.type(base.dtype()),
                            f32(delta),
                            out.data(),
                            HeaderValues.type(out.dtype()),
                            count);
                    overflows[0] = count.get(JAVA_LONG, 0);
                });
        return overflows[0];
    }

    @Override
    public ErrorSums compare(Elements truth, Elements decoded, Elements tuned, Elements restored) {
        requireSame(truth, decoded, tuned, restored);
        double[] found = new double[HeaderValues.ERROR_SUMS];
        run(
                (stream, scratch) -> {
                    MemorySegment sums = scratch.allocate(JAVA_DOUBLE, HeaderValues.ERROR_SUMS);
                    library.errorSums(
                            stream,
                            truth.count(),
                            f32(truth),
                            f32(decoded),
                            tuned.data(),
                            HeaderValues.type(tuned.dtype()),
                            restored.data(),
                            HeaderValues.type(restored.dtype()),
                            scratch.allocate(
                                    HeaderValues.errorSumsWorkspace(truth.count()), Double.BYTES),
                            sums);
                    MemorySegment.copy(sums, JAVA_DOUBLE, 0, found, 0, HeaderValues.ERROR_SUMS);
                });
        return new ErrorSums(found[0], found[1], found[2]);
    }

    @Override
    public void pack(FactorBlock block, Matrix ut, Matrix vt, MaskKey key, MemorySegment out) {
        requireShape(block, ut, vt);
        if (block.rank() == 0) {
            HostLoops.requireFilled(block.writeHeader(out), out);
            return;
        }
        run(
                (stream, scratch) -> {
                    FactorValues values = values(stream, scratch, block, key);
                    HostLoops.requireFilled(values.end(), out);
                    MemorySegment packed =
                            out.isNative() ? out : scratch.allocate(out.byteSize(), 1);
                    values.pack(ut.data(), vt.data(), packed).writeHeader(packed);
                    if (!out.isNative()) {
                        out.copyFrom(packed);
                    }
                });
    }

    @Override
    public void unpack(
            FactorBlock block,
            MemorySegment packed,
            MaskKey key,
            Matrix ut,
            Matrix vt,
            String where) {
        requireShape(block, ut, vt);
        if (block.rank() == 0) {
            FactorBlock.requireEnd(packed.byteSize(), FactorBlock.headerBytes(0), where);
            return;
        }
        run(
                (stream, scratch) -> {
                    FactorValues values = values(stream, scratch, block, key);
                    values.require(packed, where);
                    MemorySegment bytes = packed;
                    if (!packed.isNative()) {
                        bytes = scratch.allocate(packed.byteSize(), 1).copyFrom(packed);
                    }
                    values.unpack(bytes, ut.data(), vt.data());
                });
    }

    @Override
    public RowAdder rowAdder(Kernels kernels, Matrix ut, Matrix vt) {
        return (row, base, out) -> restore(ut, vt, row, base, out);
    }

    /** The factor of U from a row of the delta on; nothing of a zero delta. */
    private static MemorySegment fromRow(Matrix ut, int row) {
        return ut.rows() == 0 ? ut.data() : ut.data().asSlice((long) row * Float.BYTES);
    }

    private long restore(Matrix ut, Matrix vt, int row, MatrixView base, MatrixView out) {
        long[] overflows = new long[1];
        run(
                (stream, scratch) -> {
                    MemorySegment count = scratch.allocate(JAVA_LONG);
                    library.restore(
                            stream,
                            ut.rows(),
                            base.rows(),
                            base.columns(),
                            fromRow(ut, row),
                            ut.columns(),
                            vt.data(),
                            vt.columns(),
                            base.data(),
                            HeaderValues.type(base.dtype()),
                            out.data(),
                            HeaderValues.type(out.dtype()),
                            count);
                    overflows[0] = count.get(JAVA_LONG, 0);
                });
        return overflows[0];
    }

    @Override
    public void multiply(Kernels kernels, MatrixView w, Matrix x, Matrix y) {
        new JavaLoops().multiply(kernels, w, x, y);
    }

    @Override
    public void multiply(Kernels kernels, SparseMatrix a, Matrix x, Matrix y) {
        new JavaLoops().multiply(kernels, a, x, y);
    }

    private FactorValues values(
            MemorySegment stream, Arena scratch, FactorBlock block, MaskKey key) {
        return new FactorValues(new HostScratch(library, stream, scratch), block, key);
    }

    /** In the host flavour both sides are one. */
    private record HostScratch(DeltaPressNative library, MemorySegment stream, Arena host)
            implements Scratch {

        @Override
        public MemorySegment allocate(long byteSize) {
            return host.allocate(byteSize, Long.BYTES);
        }

        @Override
        public MemorySegment upload(MemorySegment memory) {
            return memory;
        }

        @Override
        public void download(MemorySegment device, MemorySegment memory) {
            memory.copyFrom(device.asSlice(0, memory.byteSize()));
        }
    }

    private static void requireShape(FactorBlock block, Matrix ut, Matrix vt) {
        if (ut.columns() != block.rows()
                || vt.columns() != block.columns()
                || Math.min(ut.rows(), vt.rows()) < block.rank()) {
            throw new IllegalArgumentException(
                    "factors of %d x %d and %d x %d for a block of rank %d of %d x %d"
                            .formatted(
                                    ut.rows(),
                                    ut.columns(),
                                    vt.rows(),
                                    vt.columns(),
                                    block.rank(),
                                    block.rows(),
                                    block.columns()));
        }
    }

    private static void requireSame(Elements first, Elements... others) {
        for (Elements other : others) {
            if (other.count() != first.count()) {
                throw new IllegalArgumentException(
                        "operands of %d and %d elements".formatted(first.count(), other.count()));
            }
        }
    }

    private static MemorySegment f32(Elements elements) {
        if (elements.dtype() != DType.F32) {
            throw new IllegalArgumentException("F32 expected, found " + elements.dtype());
        }
        return elements.data();
    }

    /** Frees the streams; no call may be under way. */
    @Override
    public void close() {
        for (DeviceStream stream = idle.poll(); stream != null; stream = idle.poll()) {
            stream.close();
        }
    }
}
