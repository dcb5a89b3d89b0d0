package dev.deltapress.backend;

import dev.deltapress.linalg.Matrix;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/**
 * Matrices that are used again, since fresh memory costs more than the loops that fill it: the
 * system hands it out page by page, and Java clears it. For any number of threads.
 *
 * <p>Only a matrix of the same size is used again; when there is none, the idle ones are freed
 * before a new one is made. So a pool never holds more than was in use at one time.
 */
final class MatrixPool implements AutoCloseable {
    private final List<Pooled> idle = new ArrayList<>();
    private boolean closed;

    /** A matrix that goes back to its pool. */
    record Pooled(Matrix matrix, Arena arena) {
        private boolean fits(int rows, int columns) {
            return matrix.rows() == rows && matrix.columns() == columns;
        }
    }

    /** A matrix of that shape; what it holds is arbitrary. */
    Pooled take(int rows, int columns) {
        synchronized (this) {
            for (int i = 0; i < idle.size(); i++) {
                if (idle.get(i).fits(rows, columns)) {
                    return idle.remove(i);
                }
            }
            freeIdle();
        }
        Arena arena = Arena.ofShared();
        return new Pooled(Matrix.allocate(arena, rows, columns), arena);
    }

    synchronized void give(Pooled matrix) {
        if (closed) {
            matrix.arena().close();
        } else {
            idle.add(matrix);
        }
    }

    synchronized long idleBytes() {
        return idle.stream().mapToLong(matrix -> matrix.matrix().data().byteSize()).sum();
    }

    synchronized void freeIdle() {
        idle.forEach(matrix -> matrix.arena().close());
        idle.clear();
    }

    /** Frees what is idle; what is in use is freed when it comes back. */
    @Override
    public synchronized void close() {
        closed = true;
        freeIdle();
    }
}
