package dev.deltapress.cuda;

import dev.deltapress.backend.PackedMatrix;
import dev.deltapress.cuda.DeviceMatrix.Precision;
import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.MaskKey.Side;
import dev.deltapress.panama.FactorValues;

/**
 * The factors of a packed delta on a device. Vectors lie one after the other, in columns.
 *
 * @param u rows x rank, times singular values and gain
 * @param v columns x rank
 */
record DecodedFactors(FactorValues values, DeviceMatrix u, DeviceMatrix v) {

    /**
     * Decodes a block of rank 1 or more.
     *
     * @param scope owns their memory
     * @param block what {@link PackedMatrix#checkedHeader} found
     */
    static DecodedFactors of(DeviceScope scope, FactorBlock block, PackedMatrix packed) {
        FactorValues values = new FactorValues(scope, block, packed.key());
        DeviceMatrix u = scope.matrix(Precision.F32, packed.rows(), block.rank());
        DeviceMatrix v = scope.matrix(Precision.F32, packed.columns(), block.rank());
        values.unpack(scope.upload(packed.bytes()), u.data(), v.data());
        return new DecodedFactors(values, u, v);
    }

    /** Writes V', rank x columns. */
    void sparseV(DeviceCsr to) {
        values.sparseRows(Side.V, v.data(), false, to.starts(), to.indices(), to.values());
    }

    /** Writes U diag(s) gain, rows x rank. */
    void sparseU(DeviceCsr to) {
        values.sparseRows(Side.U, u.data(), true, to.starts(), to.indices(), to.values());
    }
}
