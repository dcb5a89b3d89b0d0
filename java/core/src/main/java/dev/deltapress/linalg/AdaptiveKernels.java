package dev.deltapress.linalg;

import dev.deltapress.parallel.Team;

import java.util.concurrent.atomic.LongAdder;

/**
 * {@link LoopKernels} for the first seconds of a JVM and {@link VectorKernels} from then on. Their
 * results are the same bits, so that the change shows in time alone.
 *
 * <p>Until C2 has compiled it, code on the Vector API allocates an object per vector, and compiling
 * it takes more than a small model saves by it (docs/decisions/0010).
 */
final class AdaptiveKernels implements Kernels {

    /** Multiply-adds of a product that is worth compiling for. */
    private static final long LARGE = 1L << 28;

    /** The same of all products so far. */
    private static final long MANY = 1L << 34;

    private static final LongAdder DONE = new LongAdder();

    private static volatile boolean warm;

    private final Kernels loops;
    private final Kernels vectors;

    AdaptiveKernels(Team team) {
        this.loops = new LoopKernels(team);
        this.vectors = new VectorKernels(team);
    }

    private Kernels forProduct(long m, long k, long n) {
        if (!warm) {
            DONE.add(m * k * n);
            warm = m * k * n > LARGE || DONE.sum() > MANY;
        }
        return warm ? vectors : loops;
    }

    private Kernels present() {
        return warm ? vectors : loops;
    }

    @Override
    public Team team() {
        return loops.team();
    }

    @Override
    public void multiply(Matrix a, boolean transposeA, Matrix b, boolean transposeB, Matrix c) {
        forProduct(c.rows(), transposeA ? a.rows() : a.columns(), c.columns())
                .multiply(a, transposeA, b, transposeB, c);
    }

    @Override
    public void subtractProduct(
            Matrix a, boolean transposeA, Matrix b, boolean transposeB, Matrix c) {
        forProduct(c.rows(), transposeA ? a.rows() : a.columns(), c.columns())
                .subtractProduct(a, transposeA, b, transposeB, c);
    }

    @Override
    public SparseProduct sparseProduct(Matrix at, Matrix b) {
        return forProduct(at.columns(), at.rows(), b.columns()).sparseProduct(at, b);
    }

    @Override
    public void innerProducts(Matrix a, Matrix b, Matrix c) {
        forProduct(a.rows(), a.columns(), b.rows()).innerProducts(a, b, c);
    }

    @Override
    public void wideInnerProducts(Matrix a, Matrix b, double[] c, int from, int stride) {
        forProduct(a.rows(), a.columns(), b.rows()).wideInnerProducts(a, b, c, from, stride);
    }

    @Override
    public double dot(double[] x, int xFrom, double[] y, int yFrom, int length) {
        return present().dot(x, xFrom, y, yFrom, length);
    }

    @Override
    public void axpy(double alpha, double[] x, int xFrom, double[] y, int yFrom, int length) {
        present().axpy(alpha, x, xFrom, y, yFrom, length);
    }

    @Override
    public void reduceRows(
            double[] a, int n, int before, double[] w, int next, double[] sums, int from, int to) {
        present().reduceRows(a, n, before, w, next, sums, from, to);
    }

    @Override
    public String toString() {
        return vectors.toString();
    }
}
