package dev.deltapress.cuda;

import dev.deltapress.backend.MatrixView;
import dev.deltapress.backend.PackedMatrix;
import dev.deltapress.cuda.SparseAlgebra.Dense;
import dev.deltapress.cuda.SparseAlgebra.Order;
import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.delta.MaskKey.Side;
import dev.deltapress.tensor.DType;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Restores rows of a matrix on a device. One kernel multiplies the factors, adds and rounds, with
 * the bits of the other backends; where very few entries survive, cuSPARSE multiplies.
 */
final class DeviceRestore {
    /**
     * Share of surviving entries below which the delta is a sparse product. Predicted, not measured
     * on a device yet: cuSPARSE is taken to do a tenth of the operations per second of a dense
     * product (docs/decisions/0017).
     */
    static final double SPARSE_SHARE = 0.1;

    private final Worker worker;
    private final DeviceScope scratch;
    private final PackedMatrix packed;
    private final FactorBlock block;

    /**
     * @param scratch owns what is needed meanwhile
     * @param block what {@link PackedMatrix#checkedHeader} found
     */
    DeviceRestore(Worker worker, DeviceScope scratch, PackedMatrix packed, FactorBlock block) {
        this.worker = worker;
        this.scratch = scratch;
        this.packed = packed;
        this.block = block;
    }

    /** As {@link dev.deltapress.backend.Backend.Session#restore} has it. */
    long restore(int row, MatrixView base, MatrixView out) {
        Uploaded before = Uploaded.of(scratch, base);
        Uploaded restored = Uploaded.roomFor(scratch, out);
        MemorySegment overflows = scratch.allocate(Long.BYTES);
        if (isSparse(out.dtype()) && base.rows() == packed.rows()) {
            addSparse(before, restored, overflows);
        } else {
            addFactors(row, base.rows(), before, restored, overflows);
        }
        scratch.download(restored.data(), out.data());
        return scratch.read(overflows);
    }

    /**
     * Whether a sparse product is expected to be faster than one that takes zeros along. Its sums
     * have another order, which rarely shows where the result has 16 bits.
     */
    private boolean isSparse(DType out) {
        double kept = Arrays.stream(block.thresholds()).average().orElse(MaskKey.KEEP_ALL);
        return out != DType.F32 && kept < SPARSE_SHARE * MaskKey.KEEP_ALL;
    }

    /** One pass over base and result, which is bound by memory where few components are there. */
    private void addFactors(
            int row, int rows, Uploaded base, Uploaded out, MemorySegment overflows) {
        MemorySegment u = MemorySegment.NULL;
        MemorySegment v = MemorySegment.NULL;
        if (block.rank() > 0) {
            DecodedFactors decoded = DecodedFactors.of(scratch, block, packed);
            u = decoded.u().at(row);
            v = decoded.v().data();
        }
        worker.library()
                .restore(
                        scratch.stream(),
                        block.rank(),
                        rows,
                        packed.columns(),
                        u,
                        packed.rows(),
                        v,
                        packed.columns(),
                        base.data(),
                        base.type(),
                        out.data(),
                        out.type(),
                        overflows);
    }

    /** The delta as a product of cuSPARSE, then added. */
    private void addSparse(Uploaded base, Uploaded out, MemorySegment overflows) {
        DecodedFactors decoded = DecodedFactors.of(scratch, block, packed);
        int rows = packed.rows();
        int columns = packed.columns();
        long entries = block.survivors(Side.U, packed.key());
        DeviceCsr u = DeviceCsr.allocate(rows, block.rank(), entries, scratch::allocate);
        decoded.sparseU(u);
        MemorySegment delta = scratch.allocate((long) rows * columns * Float.BYTES);
        worker.sparse()
                .multiply(
                        u,
                        new Dense(decoded.v().data(), block.rank(), columns, Order.ROWS),
                        0,
                        new Dense(delta, rows, columns, Order.ROWS));
        worker.library()
                .add(
                        scratch.stream(),
                        (long) rows * columns,
                        base.data(),
                        base.type(),
                        delta,
                        out.data(),
                        out.type(),
                        overflows);
    }
}
