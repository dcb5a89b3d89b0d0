package dev.deltapress.panama;

import dev.deltapress.linalg.Kernels;
import dev.deltapress.linalg.Matrix;
import dev.deltapress.linalg.SparseProduct;
import dev.deltapress.parallel.Team;

import java.lang.foreign.MemorySegment;

/**
 * Products in fp32 by OpenBLAS, everything else by other kernels.
 *
 * <p>OpenBLAS adds in an order of its own, which depends on the processor and its version: results
 * of these kernels differ in their last bits from those of all others. They do not depend on the
 * number of threads: products are cut into tiles of a fixed size, each of which OpenBLAS computes
 * on one thread.
 */
final class OpenBlasKernels implements Kernels {
    /**
     * Sides of a tile of C; large, since a tile packs its rows of A and columns of B for itself.
     */
    private static final int TILE_ROWS = 512;

    private static final int TILE_COLUMNS = 1024;

    private final OpenBlas blas;
    private final Kernels rest;

    /**
     * @param rest does what is no fp32 product; its team shares the tiles
     */
    OpenBlasKernels(OpenBlas blas, Kernels rest) {
        this.blas = blas;
        this.rest = rest;
        blas.setThreads(1);
    }

    @Override
    public Team team() {
        return rest.team();
    }

    @Override
    public void multiply(Matrix a, boolean transposeA, Matrix b, boolean transposeB, Matrix c) {
        product(a, transposeA, b, transposeB, c, 1, 0);
    }

    @Override
    public void subtractProduct(
            Matrix a, boolean transposeA, Matrix b, boolean transposeB, Matrix c) {
        product(a, transposeA, b, transposeB, c, -1, 1);
    }

    @Override
    public SparseProduct sparseProduct(Matrix at, Matrix b) {
        return rest.sparseProduct(at, b);
    }

    @Override
    public void innerProducts(Matrix a, Matrix b, Matrix c) {
        product(a, false, b, true, c, 1, 0);
    }

    private void product(
            Matrix a,
            boolean transposeA,
            Matrix b,
            boolean transposeB,
            Matrix c,
            float alpha,
            float beta) {
        int inner = requireProduct(a, transposeA, b, transposeB, c);
        if (inner == 0 && beta == 0) {
            c.data().fill((byte) 0);
            return;
        }
        int across = Math.ceilDiv(c.columns(), TILE_COLUMNS);
        int tiles = Math.ceilDiv(c.rows(), TILE_ROWS) * across;
        team().forEach(
                        tiles,
                        tile -> {
                            int row = tile / across * TILE_ROWS;
                            int column = tile % across * TILE_COLUMNS;
                            blas.multiply(
                                    transposeA,
                                    transposeB,
                                    Math.min(TILE_ROWS, c.rows() - row),
                                    Math.min(TILE_COLUMNS, c.columns() - column),
                                    inner,
                                    alpha,
                                    transposeA ? from(a, 0, row) : from(a, row, 0),
                                    Math.max(1, a.columns()),
                                    transposeB ? from(b, column, 0) : from(b, 0, column),
                                    Math.max(1, b.columns()),
                                    beta,
                                    from(c, row, column),
                                    c.columns());
                        });
    }

    private static MemorySegment from(Matrix matrix, int row, int column) {
        long offset = ((long) row * matrix.columns() + column) * Float.BYTES;
        return matrix.data().asSlice(offset);
    }

    private static int requireProduct(
            Matrix a, boolean transposeA, Matrix b, boolean transposeB, Matrix c) {
        int rows = transposeA ? a.columns() : a.rows();
        int inner = transposeA ? a.rows() : a.columns();
        int innerOfB = transposeB ? b.columns() : b.rows();
        int columns = transposeB ? b.rows() : b.columns();
        if (inner != innerOfB || rows != c.rows() || columns != c.columns()) {
            throw new IllegalArgumentException(
                    "(%d x %d) times (%d x %d) does not give %d x %d"
                            .formatted(rows, inner, innerOfB, columns, c.rows(), c.columns()));
        }
        return inner;
    }

    @Override
    public void wideInnerProducts(Matrix a, Matrix b, double[] c, int from, int stride) {
        rest.wideInnerProducts(a, b, c, from, stride);
    }

    @Override
    public double dot(double[] x, int xFrom, double[] y, int yFrom, int length) {
        return rest.dot(x, xFrom, y, yFrom, length);
    }

    @Override
    public void axpy(double alpha, double[] x, int xFrom, double[] y, int yFrom, int length) {
        rest.axpy(alpha, x, xFrom, y, yFrom, length);
    }

    @Override
    public void reduceRows(
            double[] a, int n, int before, double[] w, int next, double[] sums, int from, int to) {
        rest.reduceRows(a, n, before, w, next, sums, from, to);
    }

    @Override
    public String toString() {
        return "OpenBLAS";
    }
}
