package dev.deltapress.cuda;

import dev.deltapress.backend.MatrixView;
import dev.deltapress.backend.PackedMatrix;
import dev.deltapress.backend.Weights;
import dev.deltapress.cuda.DeviceMatrix.Precision;
import dev.deltapress.cuda.SparseAlgebra.Dense;
import dev.deltapress.cuda.SparseAlgebra.Order;
import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.MaskKey.Side;
import dev.deltapress.panama.DeltaPressNative;
import dev.deltapress.panama.DeviceEvent;

import java.lang.foreign.MemorySegment;

/**
 * Times on an idle device what the interface of the cuda backend does not show apart: the kernels
 * of restoring, each of its two ways, and the roofs over them. Times are those of the best run
 * after one that is not counted, in seconds.
 */
public final class ServingProbe implements AutoCloseable {
    /** Share of surviving entries below which the backend takes cuSPARSE. */
    public static final double SPARSE_SHARE = DeviceRestore.SPARSE_SHARE;

    /** Every byte of a float of about 1e-10, whose products are normal. */
    private static final int SMALL = 0x2F;

    private final Worker worker;
    private final DeviceEvent start;
    private final DeviceEvent end;
    private final int runs;

    /**
     * @param runs that count, of each thing that is timed
     */
    public ServingProbe(DeltaPressNative library, int runs) {
        this.worker = new Worker(library, 0);
        this.start = new DeviceEvent(library, 0);
        this.end = new DeviceEvent(library, 0);
        this.runs = runs;
    }

    /**
     * Parts of restoring a matrix.
     *
     * @param decode packed bytes to the device, masks and values there
     * @param fused the kernel that multiplies, adds and rounds
     * @param sparse the same by cuSPARSE, with what makes rows sparse and what adds
     * @param copy of as many bytes as the kernel must read and write
     * @param bytes that it must
     */
    public record Restoring(double decode, double fused, double sparse, double copy, long bytes) {}

    /** Restores a matrix of rank 1 or more to the type of its base. */
    public Restoring restore(PackedMatrix packed, MatrixView base) {
        FactorBlock block = packed.checkedHeader();
        double decode =
                best(
                        () -> {
                            try (DeviceScope scratch = new DeviceScope(worker)) {
                                DecodedFactors.of(scratch, block, packed);
                            }
                        });
        try (DeviceScope scratch = new DeviceScope(worker)) {
            DecodedFactors decoded = DecodedFactors.of(scratch, block, packed);
            Uploaded before = Uploaded.of(scratch, base);
            Uploaded after = Uploaded.roomFor(scratch, base);
            MemorySegment overflows = scratch.allocate(Long.BYTES);
            double fused = best(() -> fuse(scratch, decoded, before, after, overflows));
            double sparse = sparse(scratch, packed, block, decoded, before, after);
            long bytes =
                    2 * base.data().byteSize() + decoded.u().byteSize() + decoded.v().byteSize();
            return new Restoring(decode, fused, sparse, copy(scratch, bytes), bytes);
        }
    }

    private void fuse(
            DeviceScope scratch,
            DecodedFactors decoded,
            Uploaded base,
            Uploaded out,
            MemorySegment overflows) {
        DeviceMatrix u = decoded.u();
        DeviceMatrix v = decoded.v();
        worker.library()
                .restore(
                        scratch.stream(),
                        u.columns(),
                        u.rows(),
                        v.rows(),
                        u.data(),
                        u.rows(),
                        v.data(),
                        v.rows(),
                        base.data(),
                        base.type(),
                        out.data(),
                        out.type(),
                        overflows);
    }

    private double sparse(
            DeviceScope scratch,
            PackedMatrix packed,
            FactorBlock block,
            DecodedFactors decoded,
            Uploaded base,
            Uploaded out) {
        int rows = packed.rows();
        int columns = packed.columns();
        long entries = block.survivors(Side.U, packed.key());
        DeviceCsr u = DeviceCsr.allocate(rows, block.rank(), entries, scratch::allocate);
        Dense v = new Dense(decoded.v().data(), block.rank(), columns, Order.ROWS);
        DeviceMatrix sums = scratch.matrix(Precision.F32, /* rows= */ columns, /* columns= */ rows);
        MemorySegment overflows = scratch.allocate(Long.BYTES);
        return best(
                () -> {
                    decoded.sparseU(u);
                    worker.sparse()
                            .multiply(u, v, 0, new Dense(sums.data(), rows, columns, Order.ROWS));
                    worker.library()
                            .add(
                                    scratch.stream(),
                                    sums.count(),
                                    base.data(),
                                    base.type(),
                                    sums.data(),
                                    out.data(),
                                    out.type(),
                                    overflows);
                });
    }

    /** A copy reads and writes half of the bytes each. */
    private double copy(DeviceScope scratch, long bytes) {
        MemorySegment from = scratch.allocate(bytes / 2);
        MemorySegment to = scratch.allocate(bytes / 2);
        worker.library().fill(scratch.stream(), from, 1, bytes / 2);
        return best(() -> worker.library().copyOnDevice(scratch.stream(), to, from, bytes / 2));
    }

    /** Operations per second of cuBLAS in fp32, on square matrices of that side. */
    public double denseRate(int side) {
        try (DeviceScope scratch = new DeviceScope(worker)) {
            DeviceMatrix a = scratch.matrix(Precision.F32, side, side);
            DeviceMatrix b = scratch.matrix(Precision.F32, side, side);
            DeviceMatrix c = scratch.matrix(Precision.F32, side, side);
            fill(a.data(), a.byteSize());
            fill(b.data(), b.byteSize());
            double seconds = best(() -> worker.algebra().multiply(1, a, false, b, false, 0, c));
            return 2.0 * side * side * side / seconds;
        }
    }

    /** Makes small normal numbers. */
    public void fill(MemorySegment floats, long bytes) {
        worker.library().fill(worker.stream().address(), floats, SMALL, bytes);
        worker.stream().sync();
    }

    /**
     * Waits for a product of cuBLAS with the base alone, as {@link
     * dev.deltapress.backend.DeltaOperator#apply} waits for its own.
     *
     * @param x batch x columns floats on the device
     * @param y batch x rows floats there
     */
    public void multiply(Weights base, MemorySegment x, int batch, MemorySegment y) {
        DeviceMatrix vectors = new DeviceMatrix(x, Precision.F32, base.columns(), batch);
        DeviceMatrix results = new DeviceMatrix(y, Precision.F32, base.rows(), batch);
        DeviceMatrix matrix = ((CudaWeights) base).matrix();
        worker.algebra().multiply(1, matrix, true, vectors, false, 0, results);
        worker.stream().sync();
    }

    private double best(Runnable work) {
        double best = Double.MAX_VALUE;
        for (int run = 0; run <= runs; run++) {
            start.record(worker.stream());
            work.run();
            end.record(worker.stream());
            end.sync();
            if (run > 0) {
                best = Math.min(best, end.millisecondsSince(start) / 1e3);
            }
        }
        return best;
    }

    @Override
    public void close() {
        try (worker;
                start;
                end) {
            worker.stream().sync();
        }
    }
}
