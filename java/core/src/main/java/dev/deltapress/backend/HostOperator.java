package dev.deltapress.backend;

import dev.deltapress.backend.MatrixPool.Pooled;
import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.linalg.Kernels;
import dev.deltapress.linalg.Matrix;
import dev.deltapress.linalg.SparseMatrix;
import dev.deltapress.tensor.DType;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** A delta in this computer's memory that is applied to vectors. */
final class HostOperator implements DeltaOperator {
    /**
     * Share of surviving entries below which zeros are left out: where both take the same time is
     * 0.1 for one vector and 0.075 for 16 (bench/results/2026-11-28-restore-apply.md).
     */
    private static final double DENSE = 0.09;

    private final Arena arena = Arena.ofShared();

    /** What calls keep in between: closing an arena of their own would take longer than most. */
    private final MatrixPool pool = new MatrixPool();

    private final Kernels kernels;
    private final HostLoops loops;
    private final FactorBlock block;

    /** V', rank x columns. */
    private final Factor vt;

    /** U diag(s) gain, rows x rank. */
    private final Factor u;

    /** A matrix as it is multiplied by vectors. */
    private interface Factor {
        void multiply(Matrix x, Matrix y);

        long byteSize();
    }

    /** A base matrix where it lies. */
    record HostWeights(MatrixView matrix) implements Weights {
        @Override
        public int rows() {
            return matrix.rows();
        }

        @Override
        public int columns() {
            return matrix.columns();
        }

        @Override
        public void close() {}
    }

    HostOperator(Kernels kernels, HostLoops loops, PackedMatrix packed) {
        this.kernels = kernels;
        this.loops = loops;
        this.block = packed.header();
        try (Arena scratch = Arena.ofShared()) {
            Matrix ut = Matrix.allocate(scratch, block.rank(), block.rows());
            Matrix right = Matrix.allocate(scratch, block.rank(), block.columns());
            loops.unpack(block, packed.bytes(), packed.key(), ut, right, packed.where());
            boolean dense = keptShare(block) >= DENSE;
            vt = dense ? dense(right, false) : sparse(right, false);
            u = dense ? dense(ut, true) : sparse(ut, true);
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    private static double keptShare(FactorBlock block) {
        return Arrays.stream(block.thresholds()).average().orElse(0) / MaskKey.KEEP_ALL;
    }

    private Factor dense(Matrix matrix, boolean transposed) {
        int rows = transposed ? matrix.columns() : matrix.rows();
        int columns = transposed ? matrix.rows() : matrix.columns();
        Matrix copy = Matrix.allocate(arena, rows, columns);
        for (int i = 0; i < matrix.rows(); i++) {
            float[] row = matrix.row(i);
            if (!transposed) {
                copy.setRow(i, row);
                continue;
            }
            for (int j = 0; j < row.length; j++) {
                copy.set(j, i, row[j]);
            }
        }
        MatrixView view = new MatrixView(copy.data(), DType.F32, rows, columns);
        return new Factor() {
            @Override
            public void multiply(Matrix x, Matrix y) {
                loops.multiply(kernels, view, x, y);
            }

            @Override
            public long byteSize() {
                return view.data().byteSize();
            }
        };
    }

    private Factor sparse(Matrix matrix, boolean transposed) {
        SparseMatrix entries = SparseMatrix.of(arena, matrix, transposed);
        return new Factor() {
            @Override
            public void multiply(Matrix x, Matrix y) {
                loops.multiply(kernels, entries, x, y);
            }

            @Override
            public long byteSize() {
                return entries.byteSize();
            }
        };
    }

    @Override
    public int rows() {
        return block.rows();
    }

    @Override
    public int columns() {
        return block.columns();
    }

    @Override
    public int rank() {
        return block.rank();
    }

    @Override
    public long byteSize() {
        return vt.byteSize() + u.byteSize();
    }

    @Override
    public void apply(@Nullable Weights base, MemorySegment x, int batch, MemorySegment y) {
        requireFits(base, x, batch, y, false);
        Matrix vectors = new Matrix(x, batch, columns());
        Matrix results = new Matrix(y, batch, rows());
        Pooled parts = pool.take(batch, rank());
        Pooled sums = pool.take(batch, rows());
        try {
            vt.multiply(vectors, parts.matrix());
            u.multiply(parts.matrix(), sums.matrix());
            if (base == null) {
                results.data().copyFrom(sums.matrix().data());
            } else {
                addProducts((HostWeights) base, vectors, sums.matrix(), results);
            }
        } finally {
            pool.give(parts);
            pool.give(sums);
        }
    }

    /** results = W x + sums, written by the caller's thread, whose memory they may be. */
    private void addProducts(HostWeights base, Matrix vectors, Matrix sums, Matrix results) {
        Pooled products = pool.take(results.rows(), results.columns());
        try {
            loops.multiply(kernels, base.matrix(), vectors, products.matrix());
            for (int b = 0; b < results.rows(); b++) {
                float[] row = products.matrix().row(b);
                float[] delta = sums.row(b);
                for (int i = 0; i < row.length; i++) {
                    row[i] += delta[i];
                }
                results.setRow(b, row);
            }
        } finally {
            pool.give(products);
        }
    }

    @Override
    public void close() {
        pool.close();
        arena.close();
    }
}
