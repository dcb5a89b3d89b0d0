package dev.deltapress.cuda;

import dev.deltapress.cuda.DeviceMatrix.Precision;
import dev.deltapress.linalg.DiagonalFit;
import dev.deltapress.linalg.Kernels;

/**
 * The diagonal of least squared error between factors on a device. Products are formed there, the
 * equations, as many as there are components, are solved by the host.
 */
record DeviceFit(Worker worker, DeviceScope scratch) {

    /**
     * As {@link DiagonalFit}.
     *
     * @param delta columns x rows of the checkpoint's matrix
     * @param u rows x rank
     * @param v columns x rank
     */
    double[] solve(DeviceMatrix delta, DeviceMatrix u, DeviceMatrix v) {
        int rank = u.columns();
        DeviceMatrix product = scratch.matrix(Precision.F32, v.rows(), rank);
        worker.algebra().multiply(1, delta, false, u, false, 0, product);
        DeviceMatrix wideV = widened(v);
        double[] all = products(wideV, widened(product));
        double[] right = new double[rank];
        for (int i = 0; i < rank; i++) {
            right[i] = all[rank * i + i];
        }
        DeviceMatrix wideU = widened(u);
        return DiagonalFit.solve(
                Kernels.best(), products(wideU, wideU), products(wideV, wideV), right);
    }

    private DeviceMatrix widened(DeviceMatrix narrow) {
        DeviceMatrix wide = scratch.matrix(Precision.F64, narrow.rows(), narrow.columns());
        scratch.widen(narrow, wide);
        return wide;
    }

    /** A'B. */
    private double[] products(DeviceMatrix a, DeviceMatrix b) {
        DeviceMatrix c = scratch.matrix(Precision.F64, a.columns(), b.columns());
        worker.algebra().multiply(1, a, true, b, false, 0, c);
        return scratch.readDoubles(c.data(), c.count());
    }
}
