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

    /** The same of a row of which nothing but rounding is left. */
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
    private double[] gram = new double[0];
    private int capacity;
    private int size;
    private int lastBlock;

    /** The next block before it is orthonormal, and whether it must be treated once more. */
    private Matrix next;

    private boolean cancelled;

    /** Random blocks or rows made so far. */
    private int draws;

    /**
     * An empty basis with a random first block to come.
     *
     * @param block rows by which it grows
     */
    KrylovBasis(Kernels kernels, Operand a, int block) {
        this.kernels = kernels;
        this.qr = new ThinQr(kernels);
        boolean small = (long) a.rows() * a.columns() <= SMALL;
        this.a = small ? a.upright(copies) : a;
        this.back = small ? a.transpose().upright(copies) : a.transpose();
        this.block = Math.min(block, a.rows());
        this.basis = Matrix.allocate(arena, 0, a.rows());
        this.image = Matrix.allocate(arena, 0, a.columns());
        this.next = Matrix.allocate(arena, this.block, a.rows());
        try (Arena scratch = Arena.ofShared()) {
            Matrix signs = Matrix.allocate(scratch, this.block, a.columns());
            fillWithSigns(signs, draws++);
            back.multiplied(kernels, signs, next);
        }
    }

    /** D, the number of rows. */
    int size() {
        return size;
    }

    /** Rows of the block that was added last. */
    int lastBlock() {
        return lastBlock;
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

    /** Mean of |z|² over the block that was added last: its Rayleigh quotient. */
    double lastQuotient() {
        double quotient = 0;
        for (int i = size - lastBlock; i < size; i++) {
            quotient += gram[capacity * i + i] / lastBlock;
        }
        return quotient;
    }

    /**
     * The residual of the last block: rows A z, less what lies in the span of the basis; {@code
     * lastBlock} x rows of A.
     */
    Matrix residual() {
        return next;
    }

    /** Adds the next block and computes the residual of it. */
    void grow() {
        int rows = Math.min(next.rows(), a.rows() - size);
        reserve(size + rows);
        Matrix added = basis.rowRange(size, size + rows);
        added.data().copyFrom(next.rowRange(0, rows).data());
        orthonormalise(added);
        Matrix addedImage = image.rowRange(size, size + rows);
        a.multiplied(kernels, added, addedImage);
        addToGram(addedImage, Math.max(0, size - lastBlock));
        size += rows;
        lastBlock = rows;
        next = next.rowRange(0, rows);
        back.multiplied(kernels, addedImage, next);
        cancelled = takeOutSpan(next);
    }

    /**
     * Rows {@code size} on of Z Zᵀ. But for rounding, only the last block meets the new one, as in
     * the Lanczos recurrence; what earlier ones leave is as small as the rounding of Z itself, and
     * fp32 resolves it.
     *
     * @param near first row of the last block
     */
    private void addToGram(Matrix added, int near) {
        int rows = added.rows();
        kernels.wideInnerProducts(
                added, image.rowRange(near, size + rows), gram, capacity * size + near, capacity);
        try (Arena scratch = Arena.ofShared()) {
            Matrix far = Matrix.allocate(scratch, rows, near);
            kernels.innerProducts(added, image.rowRange(0, near), far);
            for (int i = 0; i < rows; i++) {
                far.copyRow(i, 0, near, gram, capacity * (size + i));
            }
        }
    }

    private void orthonormalise(Matrix rows) {
        qr.orthonormalise(rows);
        for (int pass = 0; cancelled && pass < MAX_PASSES; pass++) {
            cancelled = takeOutSpan(rows);
            qr.orthonormalise(rows);
        }
    }

    /**
     * rows -= (rows Qᵀ) Q. A row of which nothing is left, since the space is exhausted, becomes
     * random.
     *
     * @return whether a row must be treated once more
     */
    private boolean takeOutSpan(Matrix rows) {
        if (size == 0) {
            return false;
        }
        try (Arena scratch = Arena.ofShared()) {
            Matrix parts = Matrix.allocate(scratch, rows.rows(), size);
            kernels.innerProducts(rows, basis(), parts);
            kernels.subtractProduct(parts, false, basis(), false, rows);
            boolean again = false;
            for (int i = 0; i < rows.rows(); i++) {
                double left = rows.squaredLength(i);
                double before = parts.squaredLength(i) + left;
                again |= !(left > CANCELLED * CANCELLED * before);
                if (!(left > VANISHED * VANISHED * before)) {
                    fillWithSigns(rows.rowRange(i, i + 1), draws++);
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

    private static void fillWithSigns(Matrix m, int draw) {
        float[] row = new float[m.columns()];
        for (int i = 0; i < m.rows(); i++) {
            long first = ((long) draw << 40) + (long) i * row.length;
            for (int j = 0; j < row.length; j++) {
                row[j] = SplitMix.at(first + j) < 0 ? -1 : 1;
            }
            m.setRow(i, row);
        }
    }

    @Override
    public void close() {
        arena.close();
        copies.close();
    }
}
