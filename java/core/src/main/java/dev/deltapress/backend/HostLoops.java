package dev.deltapress.backend;

import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.linalg.Kernels;
import dev.deltapress.linalg.Matrix;
import dev.deltapress.linalg.SparseMatrix;
import dev.deltapress.linalg.SparseProduct;
import dev.deltapress.tensor.Elements;

import java.lang.foreign.MemorySegment;

/**
 * What a {@link HostBackend} does to elements and masks, on the thread that calls. Operands of a
 * call have the same number of elements. Results are the same bits in every implementation, except
 * that a NaN may be any NaN. For any number of threads.
 */
public interface HostLoops extends AutoCloseable {

    /**
     * out = tuned - base, each widened to f32, subtracted in f32.
     *
     * @param out F32
     * @return how many differences are NaN or infinite
     */
    long subtract(Elements tuned, Elements base, Elements out);

    /**
     * out = base + delta, added in f32 and rounded once.
     *
     * @param delta F32
     * @return how many finite sums became infinite by rounding
     */
    long add(Elements base, Elements delta, Elements out);

    /**
     * Sums of squares of truth, decoded - truth, and restored - tuned; differences, squares and
     * sums in f64. Stripe j of 512 starts at +0 and takes the elements j, j + 512, ... in turn;
     * then stripes are added pairwise, j and j + 256 first, down to 1.
     *
     * @param truth at most 2^20 elements, F32; decoded too
     */
    ErrorSums compare(Elements truth, Elements decoded, Elements tuned, Elements restored);

    /**
     * Writes a factor block.
     *
     * @param ut at least the block's rank x its rows
     * @param vt at least the block's rank x its columns
     * @param out exactly the block's bytes
     * @throws IllegalArgumentException if the block has another size
     */
    void pack(FactorBlock block, Matrix ut, Matrix vt, MaskKey key, MemorySegment out);

    /**
     * Decodes the values of a block.
     *
     * @param block as read from {@code packed}
     * @param packed exactly one block
     * @param ut rank x rows; receives U' diag(s) gain
     * @param vt rank x columns; receives V'
     * @throws dev.deltapress.MalformedFileException if values are missing
     */
    void unpack(
            FactorBlock block,
            MemorySegment packed,
            MaskKey key,
            Matrix ut,
            Matrix vt,
            String where);

    /**
     * Adds U V' to rows of a matrix, each element a sum as {@link SparseProduct} has it.
     *
     * @param kernels for implementations that have no products of their own
     * @param ut rank x rows, as {@link #unpack} gives it; neither may change while it is in use
     * @param vt rank x columns
     */
    RowAdder rowAdder(Kernels kernels, Matrix ut, Matrix vt);

    /**
     * y = x W' for few vectors. Sums are in f32; their order is the implementation's, and does not
     * depend on threads.
     *
     * @param kernels whose team shares the work
     * @param x batch x columns of w
     * @param y batch x rows of w, in memory that the team may touch
     */
    void multiply(Kernels kernels, MatrixView w, Matrix x, Matrix y);

    /** The same for a sparse matrix. */
    void multiply(Kernels kernels, SparseMatrix a, Matrix x, Matrix y);

    /**
     * Checks that what is packed fills its place.
     *
     * @throws IllegalArgumentException naming both sizes if not
     */
    static void requireFilled(long bytes, MemorySegment out) {
        if (bytes != out.byteSize()) {
            throw new IllegalArgumentException(
                    "a block of %d bytes into %d".formatted(bytes, out.byteSize()));
        }
    }

    @Override
    default void close() {}
}
