package dev.deltapress.cuda;

import dev.deltapress.cuda.DeviceMatrix.Precision;
import dev.deltapress.linalg.DiagonalFit;
import dev.deltapress.linalg.Kernels;
import dev.deltapress.linalg.LeftFit;
import dev.deltapress.panama.NativeCallException;

import java.lang.foreign.MemorySegment;

/**
 * What is fitted to a delta beside factors on a device. For the diagonal, products are formed
 * there, and the equations, as many as there are components, are solved by the host; a left factor
 * stays on the device.
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

    /**
     * As {@link LeftFit}.
     *
     * @param delta columns x rows of the checkpoint's matrix
     * @param v columns x rank; its columns are brought to length 1
     * @param u rows x rank; receives U
     * @return the lengths that columns of U had
     */
    float[] solveLeft(DeviceMatrix delta, DeviceMatrix v, DeviceMatrix u) {
        normalise(v);
        worker.algebra().multiply(1, delta, true, v, false, 0, u);
        DeviceMatrix solved = scratch.matrix(Precision.F64, u.rows(), u.columns());
        worker.algebra().multiply(1, widened(u), false, inverseGram(v), false, 0, solved);
        scratch.narrow(solved, u);
        return normalise(u);
    }

    /** (V'V)^-1 as L'^-1 L^-1, where V'V = L L'. */
    private DeviceMatrix inverseGram(DeviceMatrix v) {
        int rank = v.columns();
        DeviceMatrix gram = scratch.matrix(Precision.F64, rank, rank);
        worker.algebra().gram(1, widened(v), false, gram);
        double[] lower = scratch.readDoubles(gram.data(), gram.count());
        double[] identity = new double[lower.length];
        for (int c = 0; c < rank; c++) {
            lower[rank * c + c] = LeftFit.withRidge(lower[rank * c + c]);
            identity[rank * c + c] = 1;
        }
        upload(lower, gram);
        MemorySegment info = scratch.allocate(Integer.BYTES);
        worker.algebra().cholesky(gram, info);
        int failed = scratch.readInts(info, 1)[0];
        if (failed != 0) {
            throw new NativeCallException(
                    "cusolverDnDpotrf", failed, "no Gram matrix of finite factors");
        }
        DeviceMatrix root = scratch.matrix(Precision.F64, rank, rank);
        upload(identity, root);
        worker.algebra().divide(root, gram);
        DeviceMatrix inverse = scratch.matrix(Precision.F64, rank, rank);
        worker.algebra().multiply(1, root, false, root, true, 0, inverse);
        return inverse;
    }

    private void upload(double[] numbers, DeviceMatrix to) {
        worker.staging().upload(MemorySegment.ofArray(numbers), to.data());
    }

    /** Brings columns to length 1 but for those of zeros; returns the lengths that they had. */
    private float[] normalise(DeviceMatrix x) {
        double[] lengths = new Orthonormaliser(worker).lengths(x);
        float[] narrow = new float[lengths.length];
        float[] factors = new float[lengths.length];
        for (int c = 0; c < lengths.length; c++) {
            narrow[c] = (float) lengths[c];
            factors[c] = lengths[c] > 0 ? (float) (1 / lengths[c]) : 1;
        }
        worker.algebra().scaleColumns(x, scratch.upload(MemorySegment.ofArray(factors)));
        return narrow;
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
