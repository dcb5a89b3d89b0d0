package dev.deltapress.backend;

import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.linalg.Kernels;
import dev.deltapress.linalg.Matrix;
import dev.deltapress.linalg.SparseMatrix;
import dev.deltapress.linalg.SparseProduct;
import dev.deltapress.tensor.Elements;

import java.lang.foreign.MemorySegment;

/** Plain Java loops, which C2 turns into vector instructions. */
public final class JavaLoops implements HostLoops {

    /** Has no state. */
    public JavaLoops() {}

    @Override
    public long subtract(Elements tuned, Elements base, Elements out) {
        return ElementLoops.subtract(tuned, base, out);
    }

    @Override
    public long add(Elements base, Elements delta, Elements out) {
        return ElementLoops.add(base, delta, out);
    }

    @Override
    public ErrorSums compare(Elements truth, Elements decoded, Elements tuned, Elements restored) {
        return ElementLoops.compare(truth, decoded, tuned, restored);
    }

    @Override
    public void pack(FactorBlock block, Matrix ut, Matrix vt, MaskKey key, MemorySegment out) {
        HostLoops.requireFilled(block.pack(ut, vt, key, out), out);
    }

    @Override
    public void unpack(
            FactorBlock block,
            MemorySegment packed,
            MaskKey key,
            Matrix ut,
            Matrix vt,
            String where) {
        FactorBlock.requireEnd(packed.byteSize(), block.unpack(packed, key, ut, vt, where), where);
    }

    @Override
    public RowAdder rowAdder(Kernels kernels, Matrix ut, Matrix vt) {
        SparseProduct product = kernels.sparseProduct(ut, vt);
        return (row, base, out) -> ElementLoops.addRows(product, row, base, out);
    }

    @Override
    public void multiply(Kernels kernels, MatrixView w, Matrix x, Matrix y) {
        VectorLoops.multiply(kernels, w, x, y);
    }

    @Override
    public void multiply(Kernels kernels, SparseMatrix a, Matrix x, Matrix y) {
        VectorLoops.multiply(kernels, a, x, y);
    }
}
