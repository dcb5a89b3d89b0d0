package dev.deltapress.cuda;

import dev.deltapress.cuda.DeviceMatrix.Precision;
import dev.deltapress.linalg.EnergyQuadrature;

/**
 * An orthonormal basis Q of a block Krylov space of A A', on the short side of A, and its image Z =
 * A' Q, grown block by block in device memory: the algorithm of the Java backend's, with every
 * block made orthogonal to all before it, since products are what a device does best. For a batch
 * of A, as many bases of one size; what must be treated once more in one is in all.
 */
final class KrylovBasis {

    /**
     * Where a column keeps less than this part of its length when the span of the basis is taken
     * out, the block is treated once more: the column has lost as many of its digits.
     */
    private static final double CANCELLED = 0.2;

    /** Part of its length below which nothing but rounding is left of a column. */
    private static final double VANISHED = 0x1p-20;

    private static final int MAX_PASSES = 6;

    private final Worker worker;
    private final ShortSide a;
    private final Orthonormaliser orthonormaliser;
    private final DeviceMatrix basis;
    private final DeviceMatrix image;

    /** The next block before it is orthonormal, and whether it must be treated once more. */
    private final DeviceMatrix next;

    private boolean cancelled;

    /** The starting block in terms of the first block of the basis. */
    private final DeviceMatrix starts;

    private final int block;
    private int size;
    private int lastBlock;

    /**
     * An empty basis with a random first block to come: signs times A' A A'.
     *
     * @param scope owns its memory
     * @param block columns by which it grows
     * @param capacity the most columns that it may have
     */
    KrylovBasis(
            Worker worker,
            DeviceScope scope,
            ShortSide a,
            Orthonormaliser orthonormaliser,
            int block,
            int capacity) {
        this.worker = worker;
        this.a = a;
        this.orthonormaliser = orthonormaliser;
        this.block = Math.min(block, a.side());
        int columns = Math.min(capacity, a.side());
        int batch = a.matrix().batch();
        this.basis = scope.matrix(Precision.F32, a.side(), columns, batch);
        this.image = scope.matrix(Precision.F32, a.length(), columns, batch);
        this.next = scope.matrix(Precision.F32, a.side(), this.block, batch);
        this.starts = scope.matrix(Precision.F32, this.block, this.block, batch);
        try (DeviceScope scratch = new DeviceScope(worker)) {
            DeviceMatrix signs = scratch.matrix(Precision.F32, a.length(), this.block);
            orthonormaliser.randomise(signs);
            // Entries of 1 and -1, as the estimate of the error takes them to be.
            worker.algebra().scale(signs, Math.sqrt(a.length()));
            a.toShortSide(signs.repeated(batch), next);
            DeviceMatrix onLongSide = scratch.matrix(Precision.F32, a.length(), this.block, batch);
            a.toLongSide(next, onLongSide);
            a.toShortSide(onLongSide, next);
        }
    }

    /** How many columns there are. */
    int size() {
        return size;
    }

    /** The most there can be. */
    int capacity() {
        return basis.columns();
    }

    /** Q, side x size. */
    DeviceMatrix basis() {
        return basis.columnRange(0, size);
    }

    /** Z = A' Q, length x size. */
    DeviceMatrix image() {
        return image.columnRange(0, size);
    }

    /** Adds the next block and computes the residual of it. */
    void grow() {
        int columns = Math.min(next.columns(), Math.min(a.side(), capacity()) - size);
        DeviceMatrix added = basis.columnRange(size, size + columns);
        DeviceMatrix source = next.columnRange(0, columns);
        try (DeviceScope scratch = new DeviceScope(worker)) {
            scratch.copy(source, added);
        }
        cancelled |= orthonormaliser.orthonormalise(added).cancelled();
        for (int pass = 0; size > 0 && cancelled && pass < MAX_PASSES; pass++) {
            cancelled = takeOutSpan(added);
            cancelled |= orthonormaliser.orthonormalise(added).cancelled();
        }
        if (size == 0) {
            worker.algebra().multiply(1, source, true, added, false, 0, starts);
        }
        DeviceMatrix addedImage = image.columnRange(size, size + columns);
        a.toLongSide(added, addedImage);
        size += columns;
        lastBlock = columns;
        a.toShortSide(addedImage, source);
        cancelled = takeOutSpan(source);
    }

    /**
     * x -= Q (Q' x), twice: once alone, what Q lacks of orthogonality would grow from block to
     * block until directions came back. A column of which nothing is left, since the space is
     * exhausted, becomes random.
     *
     * @return whether a column must be treated once more
     */
    private boolean takeOutSpan(DeviceMatrix x) {
        double[] before = orthonormaliser.squares(x);
        try (DeviceScope scratch = new DeviceScope(worker)) {
            DeviceMatrix parts = scratch.matrix(Precision.F32, size, x.columns(), x.batch());
            for (int pass = 0; pass < 2; pass++) {
                worker.algebra().multiply(1, basis(), true, x, false, 0, parts);
                worker.algebra().multiply(-1, basis(), false, parts, false, 1, x);
            }
        }
        double[] left = orthonormaliser.squares(x);
        boolean again = false;
        for (int c = 0; c < left.length; c++) {
            again |= !(left[c] > CANCELLED * CANCELLED * before[c]);
            if (!(left[c] > VANISHED * VANISHED * before[c])) {
                orthonormaliser.randomise(x, c);
            }
        }
        return again;
    }

    /** How many random vectors the space was started from. */
    int starts() {
        return block;
    }

    /**
     * For how many singular values each Ritz value stands, as {@link EnergyQuadrature} wants it:
     * the mean square of the starting vectors' parts along a Ritz vector, over theta cubed.
     *
     * @param theta Ritz values of each matrix
     * @param w Ritz vectors in terms of the basis, in columns; fp32
     * @return for each vector, matrix after matrix
     */
    double[] counts(double[][] theta, DeviceMatrix w) {
        try (DeviceScope scratch = new DeviceScope(worker)) {
            // The first rows of w are those of the first block.
            DeviceMatrix parts = scratch.matrix(Precision.F32, block, w.columns(), w.batch());
            DeviceMatrix first = w.rowRange(0, block);
            worker.algebra().multiply(1, starts, false, first, false, 0, parts);
            double[] counts = orthonormaliser.squares(parts);
            for (int c = 0; c < counts.length; c++) {
                double value = theta[c / w.columns()][c % w.columns()];
                counts[c] = value > 0 ? counts[c] / block / Math.pow(value, 3) : 0;
            }
            return counts;
        }
    }

    /** Squared lengths of A A' u - theta u for the same vectors. */
    double[] residuals(DeviceMatrix w) {
        try (DeviceScope scratch = new DeviceScope(worker)) {
            DeviceMatrix rest = next.columnRange(0, lastBlock);
            DeviceMatrix last = w.rowRange(size - lastBlock, size);
            DeviceMatrix residual = scratch.matrix(Precision.F32, a.side(), w.columns(), w.batch());
            worker.algebra().multiply(1, rest, false, last, false, 0, residual);
            return orthonormaliser.squares(residual);
        }
    }
}
