package dev.deltapress.linalg;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * An orthonormal basis of a block Krylov space of A Aᵀ, its image Z = Q A, and Z Zᵀ, grown block by
 * block. A is an operand with no more rows than columns, so the basis lies on the short side.
 */
final class KrylovBasis implements AutoCloseable {

    /**
     * Where a row keeps less than this part of its length when the span of the basis is taken out,
     * the block is treated once more: the row has lost as many of its digits.
     */
    private static final double CANCELLED = 0.2;

    /**
     * Part of a row along blocks before the last two, relative to its length, from which their
     * orthogonality counts as lost. In exact arithmetic there is none; rounding grows from block to
     * block.
     */
    private static final double LOST = 0x1p-14;

    /** Rows of a block that are probed for it, as a tile of the kernels. */
    private static final int PROBED = 12;

    /** Part of its length below which nothing but rounding is left of a row. */
    private static final double VANISHED = 0x1p-20;

    /**
     * Elements of a matrix up to which a transposed copy pays: products with it then run along
     * rows.
     */
    private static final long SMALL = 1 << 22;

    private static final int MAX_PASSES = 6;

    private final Kernels kernels;
    private final ThinQr qr;
    private final Operand a;

    /** Aᵀ, which has memory of its own where that is little. */
    private final Operand back;

    private final Arena copies = Arena.ofShared();
    private final int block;

    /** Owns the rows below, which move to a new one when they outgrow it. */
    private Arena arena = Arena.ofShared();

    private Matrix basis;
    private Matrix image;
    private double[] gram;

    /** The starting vectors in terms of the first block, block x block. */
    private final Matrix starts;

    private int capacity;
    private int size;
    private int lastBlock;

    /** The next block before it is orthonormal, and whether it must be treated once more. */
    private Matrix next;

    private boolean cancelled;

    /** Whether the block after a mended one is still to be mended: it is made from both. */
    private boolean mending;

    /** Random blocks or rows made so far. */
    private int draws;

    /**
     * An empty basis with a random first block to come: signs times Aᵀ A Aᵀ. Two products that add
     * nothing to the basis spare it half a block each, which costs more (docs/decisions/0002).
     *
     * @param block rows by which it grows
     * @param expected rows that it will probably have
     */
    KrylovBasis(Kernels kernels, Operand a, int block, int expected) {
        this.kernels = kernels;
        this.qr = new ThinQr(kernels);
        boolean small = (long) a.rows() * a.columns() <= SMALL;
        this.a = small ? a.upright(copies) : a;
        this.back = small ? a.transpose().upright(copies) : a.transpose();
        this.block = Math.min(block, a.rows());
        this.capacity = Math.min(expected + this.block, a.rows());
        this.basis = Matrix.allocate(arena, capacity, a.rows());
        this.image = Matrix.allocate(arena, capacity, a.columns());
        this.gram = new double[Math.multiplyExact(capacity, capacity)];
        this.next = Matrix.allocate(arena, this.block, a.rows());
        this.starts = Matrix.allocate(copies, this.block, this.block);
        try (Arena scratch = Arena.ofShared()) {
            Matrix onLongSide = Matrix.allocate(scratch, this.block, a.columns());
            Matrix onShortSide = Matrix.allocate(scratch, this.block, a.rows());
            RandomSigns.fill(onLongSide, draws++);
            back.multiplied(kernels, onLongSide, onShortSide);
            this.a.multiplied(kernels, onShortSide, onLongSide);
            back.multiplied(kernels, onLongSide, next);
        }
    }

    /** D, the number of rows. */
    int size() {
        return size;
    }

    /** Q, D x rows of A; a view that the next growth may end. */
    Matrix basis() {
        return basis.rowRange(0, size);
    }

    /** Z = Q A, D x columns of A; likewise. */
    Matrix image() {
        return image.rowRange(0, size);
    }

    /** The lower triangle of Z Zᵀ, D x D, as a copy. */
    double[] gram() {
        double[] copy = new double[size * size];
        for (int i = 0; i < size; i++) {
            System.arraycopy(gram, capacity * i, copy, size * i, i + 1);
        }
        return copy;
    }

    /** How many random vectors the space was started from. */
    int starts() {
        return block;
    }

    /**
     * For how many singular values each Ritz value stands. A starting vector x lies along the
     * singular vector u of s by a random number of variance s^6, so the mean of (u x)² over all
     * starts, divided by θ³, is about 1 where u has settled, and counts those that u stands for
     * where not.
     *
     * @param theta Ritz values
     * @param w D rows; columns are Ritz vectors in terms of the basis
     */
    double[] counts(double[] theta, Matrix w) {
        Matrix first = w.rowRange(0, block);
        try (Arena scratch = Arena.ofShared()) {
            Matrix parts = Matrix.allocate(scratch, block, w.columns());
            kernels.multiply(starts, false, first, false, parts);
            double[] counts = columnProducts(parts, parts);
            for (int c = 0; c < counts.length; c++) {
                counts[c] = theta[c] > 0 ? counts[c] / block / Math.pow(theta[c], 3) : 0;
            }
            return counts;
        }
    }

    /** Squared lengths of u A Aᵀ - θ u for the same vectors. */
    double[] residuals(Matrix w) {
        Matrix last = w.rowRange(size - lastBlock, size);
        try (Arena scratch = Arena.ofShared()) {
            Matrix gram = Matrix.allocate(scratch, lastBlock, lastBlock);
            kernels.innerProducts(next, next, gram);
            Matrix image = Matrix.allocate(scratch, lastBlock, w.columns());
            kernels.multiply(gram, false, last, false, image);
            return columnProducts(last, image);
        }
    }

    private static double[] columnProducts(Matrix x, Matrix y) {
        double[] products = new double[x.columns()];
        for (int i = 0; i < x.rows(); i++) {
            float[] xs = x.row(i);
            float[] ys = y.row(i);
            for (int c = 0; c < products.length; c++) {
                products[c] += (double) xs[c] * ys[c];
            }
        }
        return products;
    }

    /** Adds the next block and computes the residual of it. */
    void grow() {
        int rows = Math.min(next.rows(), a.rows() - size);
        reserve(size + rows);
        Matrix added = basis.rowRange(size, size + rows);
        added.data().copyFrom(next.rowRange(0, rows).data());
        orthonormalise(added);
        if (size == 0) {
            kernels.innerProducts(next, added, starts);
        }
        Matrix addedImage = image.rowRange(size, size + rows);
        a.multiplied(kernels, added, addedImage);
        addToGram(addedImage, Math.max(0, size - lastBlock));
        size += rows;
        lastBlock = rows;
        next = next.rowRange(0, rows);
        back.multiplied(kernels, addedImage, next);
        int near = Math.max(0, size - rows - block);
        cancelled = takeOutSpan(next, near);
        boolean lost = !mending && isLost(near);
        if (mending || lost) {
            cancelled |= takeOutSpan(next, 0);
        }
        mending = lost;
    }

    /**
     * Whether the next block has parts along rows of the basis before {@code near}. Then it and the
     * one after it are made orthogonal to all, as in partial reorthogonalisation (Simon, "The
     * Lanczos algorithm with partial reorthogonalization", Math. Comp. 42, 1984); measured on some
     * rows, since these are random combinations.
     */
    private boolean isLost(int near) {
        Matrix probe = next.rowRange(0, Math.min(PROBED, next.rows()));
        try (Arena scratch = Arena.ofShared()) {
            Matrix parts = Matrix.allocate(scratch, probe.rows(), near);
            kernels.innerProducts(probe, basis.rowRange(0, near), parts);
            for (int i = 0; i < probe.rows(); i++) {
                if (parts.squaredLength(i) > LOST * LOST * probe.squaredLength(i)) {
                    return true;
                }
            }
            return false;
        }
    }

    /**
     * Rows {@code size} on of Z Zᵀ. But for rounding, only the last block meets the new one, as in
     * the Lanczos recurrence; the rest stays zero.
     *
     * @param near first row of the last block
     */
    private void addToGram(Matrix added, int near) {
        int rows = added.rows();
        kernels.wideInnerProducts(
                added, image.rowRange(near, size + rows), gram, capacity * size + near, capacity);
    }

    private void orthonormalise(Matrix rows) {
        qr.orthonormalise(rows);
        for (int pass = 0; cancelled && pass < MAX_PASSES; pass++) {
            cancelled = takeOutSpan(rows, 0);
            qr.orthonormalise(rows);
        }
    }

    /**
     * rows -= (rows Qᵀ) Q, for the rows of Q from {@code first} on. A row of which nothing is left,
     * since the space is exhausted, becomes random.
     *
     * @return whether a row must be treated once more
     */
    private boolean takeOutSpan(Matrix rows, int first) {
        Matrix span = basis.rowRange(first, size);
        try (Arena scratch = Arena.ofShared()) {
            Matrix parts = Matrix.allocate(scratch, rows.rows(), span.rows());
            kernels.innerProducts(rows, span, parts);
            kernels.subtractProduct(parts, false, span, false, rows);
            boolean again = false;
            for (int i = 0; i < rows.rows(); i++) {
                double left = rows.squaredLength(i);
                double before = parts.squaredLength(i) + left;
                again |= !(left > CANCELLED * CANCELLED * before);
                if (!(left > VANISHED * VANISHED * before)) {
                    RandomSigns.fill(rows.rowRange(i, i + 1), draws++);
                }
            }
            return again;
        }
    }

    private void reserve(int rows) {
        if (rows <= capacity) {
            return;
        }
        int more = Math.min(a.rows(), Math.max(rows, capacity + Math.max(capacity / 2, 4 * block)));
        Arena larger = Arena.ofShared();
        Matrix newBasis = Matrix.allocate(larger, more, a.rows());
        Matrix newImage = Matrix.allocate(larger, more, a.columns());
        Matrix newNext = Matrix.allocate(larger, next.rows(), a.rows());
        MemorySegment.copy(basis.data(), 0, newBasis.data(), 0, basis().data().byteSize());
        MemorySegment.copy(image.data(), 0, newImage.data(), 0, image().data().byteSize());
        newNext.data().copyFrom(next.data());
        double[] newGram = new double[Math.multiplyExact(more, more)];
        for (int i = 0; i < size; i++) {
            System.arraycopy(gram, capacity * i, newGram, more * i, size);
        }
        arena.close();
        arena = larger;
        basis = newBasis;
        image = newImage;
        next = newNext;
        gram = newGram;
        capacity = more;
    }

    @Override
    public void close() {
        arena.close();
        copies.close();
    }
}
