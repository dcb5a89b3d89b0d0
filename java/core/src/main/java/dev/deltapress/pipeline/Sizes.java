package dev.deltapress.pipeline;

import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.TensorInfo;

import java.util.Collection;

/** Sizes in 16 bit, the unit in which ratios are told. */
final class Sizes {

    private Sizes() {}

    /** Bytes of a tensor with floating elements in 16 bit and others as they are. */
    static long bytes16Bit(TensorInfo tensor) {
        boolean wide = tensor.dtype() == DType.F32 || tensor.dtype() == DType.F64;
        return wide ? 2 * tensor.shape().elements() : tensor.byteSize();
    }

    static long bytes16Bit(Collection<TensorInfo> tensors) {
        return tensors.stream().mapToLong(Sizes::bytes16Bit).sum();
    }
}
