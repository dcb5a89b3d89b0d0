package dev.deltapress.onnx;

import static java.util.Map.entry;

import dev.deltapress.tensor.DType;

import org.jspecify.annotations.Nullable;

import java.util.Map;

/** The values of {@code TensorProto.DataType} in onnx.proto whose elements are whole bytes. */
final class DataTypes {
    private static final Map<Long, DType> BY_VALUE =
            Map.ofEntries(
                    entry(1L, DType.F32),
                    entry(2L, DType.U8),
                    entry(3L, DType.I8),
                    entry(4L, DType.U16),
                    entry(5L, DType.I16),
                    entry(6L, DType.I32),
                    entry(7L, DType.I64),
                    entry(9L, DType.BOOL),
                    entry(10L, DType.F16),
                    entry(11L, DType.F64),
                    entry(12L, DType.U32),
                    entry(13L, DType.U64),
                    entry(16L, DType.BF16),
                    entry(17L, DType.F8_E4M3),
                    entry(18L, DType.F8_E4M3FNUZ),
                    entry(19L, DType.F8_E5M2),
                    entry(20L, DType.F8_E5M2FNUZ),
                    entry(24L, DType.F8_E8M0));

    private DataTypes() {}

    /** Null for strings, complex numbers, types below a byte, and values of later versions. */
    static @Nullable DType of(long value) {
        return BY_VALUE.get(value);
    }
}
