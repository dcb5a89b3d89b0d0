package dev.deltapress.backend;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;

/**
 * A matrix of a fine-tuned model, W + U diag(s) V', that is applied without being restored: y = W x
 * + U (s (V' x)). What it keeps are the thinned factors alone; many operators share one W. Made by
 * {@link Backend#operator}.
 *
 * <p>Immutable: any number of threads may use one. It must be closed before its backend, and after
 * its last use.
 */
public interface DeltaOperator extends AutoCloseable {

    /** Rows of the matrix, m: elements of a result. */
    int rows();

    /** Columns of the matrix, n: elements of a vector. */
    int columns();

    /** Components of the delta. */
    int rank();

    /** Bytes of memory that it keeps, on the host or on the device. */
    long byteSize();

    /**
     * Multiplies vectors: y = W x + D x for each. Sums are in f32; their order, which is the
     * backend's, is the same in every call.
     *
     * @param base W, of the same shape and backend; null for y = D x
     * @param x batch x columns little-endian floats, vector after vector. A segment of no bytes is
     *     taken as an address in the memory of the device where there is one
     * @param batch how many vectors; at least 1
     * @param y batch x rows floats, overwritten; in the same memory as x, which it does not
     *     overlap. Done when the call returns
     * @throws IllegalArgumentException if shapes or sizes do not fit
     */
    void apply(@Nullable Weights base, MemorySegment x, int batch, MemorySegment y);

    @Override
    void close();

    /**
     * Checks what {@link #apply} is given.
     *
     * @param addresses whether the segments are addresses, of which nobody knows the size
     * @throws IllegalArgumentException naming what does not fit
     */
    default void requireFits(
            @Nullable Weights base,
            MemorySegment x,
            int batch,
            MemorySegment y,
            boolean addresses) {
        if (base != null && (base.rows() != rows() || base.columns() != columns())) {
            throw new IllegalArgumentException(
                    "a base of %d x %d for a delta of %d x %d"
                            .formatted(base.rows(), base.columns(), rows(), columns()));
        }
        long vectors = (long) batch * columns() * Float.BYTES;
        long results = (long) batch * rows() * Float.BYTES;
        boolean sized = x.byteSize() == vectors && y.byteSize() == results;
        if (batch < 1 || !(sized || addresses)) {
            throw new IllegalArgumentException(
                    "%d vectors in %d bytes and results in %d for a matrix of %d x %d"
                            .formatted(batch, x.byteSize(), y.byteSize(), rows(), columns()));
        }
    }
}
