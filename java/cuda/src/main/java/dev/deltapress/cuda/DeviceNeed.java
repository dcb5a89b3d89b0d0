package dev.deltapress.cuda;

import dev.deltapress.linalg.KrylovPlan;

/** The most device memory that work on a batch of matrices takes, an estimate from above. */
final class DeviceNeed {
    /** Page-locked buffers, handles, workspaces of fixed size. */
    private static final long FIXED = 64L << 20;

    private DeviceNeed() {}

    /**
     * In bytes: tuned, base and restored matrix, true and decoded delta, and the larger of what the
     * two routes of the SVD need: the matrix and its Gram matrix in fp64 with the eigensolver's
     * work space (two more of its size), or the basis with its image in both precisions. A batch
     * lies side by side for its iteration, which all its matrices do together; the exact route is
     * taken by one at a time.
     */
    static long of(int batch, long rows, long columns) {
        long elements = rows * columns;
        long side = Math.min(rows, columns);
        long basis = new KrylovPlan(KrylovPlan.EXCESS).largest((int) side);
        long gram = 3 * Double.BYTES;
        long exact = Double.BYTES * elements + gram * side * side;
        long krylov =
                basis * (rows + columns) * Float.BYTES
                        + basis * (rows + columns) * Double.BYTES
                        + gram * basis * basis;
        long factors = side * (rows + columns) * Float.BYTES;
        // Buffers are rounded up by an eighth at most.
        long kept = 5L * Float.BYTES * elements + factors;
        long sideBySide = batch == 1 ? 0 : Float.BYTES * elements + factors;
        long work = Math.max(exact, batch * (sideBySide + krylov));
        return (batch * kept + work) * 9 / 8 + FIXED;
    }
}
