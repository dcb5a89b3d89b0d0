package dev.deltapress.backend;

import dev.deltapress.linalg.Kernels;
import dev.deltapress.linalg.Matrix;
import dev.deltapress.linalg.SparseMatrix;
import dev.deltapress.tensor.Chunk;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Elements;

import java.lang.foreign.Arena;
import java.util.Arrays;

/** Products of matrices with a few vectors, for {@link JavaLoops}. */
final class VectorLoops {
    /** Rows of W that are widened at once: 4 MB of 4096 columns. */
    private static final int WIDENED = 256;

    /** Rows of a sparse matrix that a thread takes at once. */
    private static final int SPARSE_ROWS = 128;

    private VectorLoops() {}

    /** y = x Wᵀ. */
    static void multiply(Kernels kernels, MatrixView w, Matrix x, Matrix y) {
        if (w.dtype() == DType.F32) {
            kernels.innerProducts(x, new Matrix(w.data(), w.rows(), w.columns()), y);
            return;
        }
        int step = Math.clamp(w.rows(), 1, WIDENED);
        try (Arena arena = Arena.ofShared()) {
            Matrix widened = Matrix.allocate(arena, step, w.columns());
            Matrix products = Matrix.allocate(arena, x.rows(), step);
            for (int row = 0; row < w.rows(); row += step) {
                int rows = Math.min(step, w.rows() - row);
                Matrix part = widened.rowRange(0, rows);
                widen(kernels, w.rowRange(row, row + rows), part);
                Matrix found = rows == step ? products : Matrix.allocate(arena, x.rows(), rows);
                kernels.innerProducts(x, part, found);
                for (int b = 0; b < found.rows(); b++) {
                    y.setRow(b, row, rows, found.row(b));
                }
            }
        }
    }

    private static void widen(Kernels kernels, MatrixView from, Matrix to) {
        Elements out = new Elements(to.data(), DType.F32);
        kernels.team()
                .forEach(
                        Math.toIntExact(Math.ceilDiv(out.count(), Chunk.SIZE)),
                        i -> {
                            Chunk chunk = new Chunk();
                            long at = (long) i * Chunk.SIZE;
                            int count = (int) Math.min(Chunk.SIZE, out.count() - at);
                            chunk.read(from.elements(), at, count);
                            chunk.write(out, at, count);
                        });
    }

    /** The same for a sparse matrix: entries of a row are added in their order. */
    static void multiply(Kernels kernels, SparseMatrix a, Matrix x, Matrix y) {
        int batch = x.rows();
        float[] vectors = transposed(x);
        kernels.team()
                .forEach(
                        Math.ceilDiv(a.rows(), SPARSE_ROWS),
                        step -> {
                            int from = step * SPARSE_ROWS;
                            int to = Math.min(a.rows(), from + SPARSE_ROWS);
                            float[] sums = new float[batch];
                            for (int i = from; i < to; i++) {
                                rowTimes(a, i, vectors, sums);
                                for (int b = 0; b < batch; b++) {
                                    y.set(b, i, sums[b]);
                                }
                            }
                        });
    }

    /** Element j of all vectors, for j after j. */
    private static float[] transposed(Matrix x) {
        float[] vectors = new float[x.rows() * x.columns()];
        for (int b = 0; b < x.rows(); b++) {
            float[] vector = x.row(b);
            for (int j = 0; j < vector.length; j++) {
                vectors[j * x.rows() + b] = vector[j];
            }
        }
        return vectors;
    }

    private static void rowTimes(SparseMatrix a, int row, float[] vectors, float[] sums) {
        int batch = sums.length;
        Arrays.fill(sums, 0);
        for (int entry = a.start(row); entry < a.start(row + 1); entry++) {
            float value = a.value(entry);
            int from = a.index(entry) * batch;
            for (int b = 0; b < batch; b++) {
                sums[b] = Math.fma(value, vectors[from + b], sums[b]);
            }
        }
    }
}
