package dev.deltapress.cuda;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.deltapress.cuda.DeviceMatrix.Precision;
import dev.deltapress.linalg.Matrix;
import dev.deltapress.linalg.RandomSigns;
import dev.deltapress.panama.NativeCallException;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Makes the columns of fp32 matrices orthonormal by Cholesky QR in fp64, twice (Yamamoto,
 * Nakatsukasa, Yanagisawa and Fukaya, "Roundoff error analysis of the CholeskyQR2 algorithm", ETNA
 * 44, 2015): products and triangular solves are all it takes. Columns are brought to length 1
 * before, so that only their directions matter.
 */
final class Orthonormaliser {
    /** Part of the longest column below which nothing but rounding is left of one. */
    private static final double VANISHED = 0x1p-20;

    /**
     * Part of random directions that is added to columns which depend on one another. The smallest
     * singular value is about that then, which fp64 takes; the directions move by less than what
     * fp32 products of dependent columns leave of them.
     */
    private static final double STIR = 0x1p-14;

    /**
     * Where a column keeps less than this part of its length beside those before, it has lost as
     * many digits of what it was orthogonal to.
     */
    private static final double CANCELLED = 0.2;

    private static final int PASSES = 2;
    private static final int ATTEMPTS = 3;

    private final Worker worker;

    /** Random matrices made so far, so that no two are the same. */
    private int draws;

    Orthonormaliser(Worker worker) {
        this.worker = worker;
    }

    /**
     * What columns were before.
     *
     * @param lengths of each beside the span of those before; 0 for those that became random
     * @param cancelled whether some have lost digits, or are random ones
     */
    @SuppressWarnings("ArrayRecordComponent") // read at once, never compared
    record Outcome(double[] lengths, boolean cancelled) {}

    /**
     * Makes the columns orthonormal, each in the span of itself and those before. Columns of which
     * nothing is left become random ones.
     *
     * @param x rows at least as many as columns; overwritten
     * @throws NativeCallException if the columns stay dependent
     */
    Outcome orthonormalise(DeviceMatrix x) {
        double[] lengths = lengths(x);
        normalise(x, lengths);
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            double[] parts = attempt(x);
            if (parts != null) {
                boolean cancelled = attempt > 0;
                for (int c = 0; c < lengths.length; c++) {
                    lengths[c] *= parts[c];
                    cancelled |= lengths[c] == 0 || parts[c] < CANCELLED;
                }
                return new Outcome(lengths, cancelled);
            }
            stir(x);
        }
        throw new NativeCallException(
                "cusolverDnDpotrf", 0, "columns stay dependent after random ones were added");
    }

    /** Euclidean lengths of the columns. */
    double[] lengths(DeviceMatrix x) {
        double[] squares = squares(x);
        for (int c = 0; c < squares.length; c++) {
            squares[c] = Math.sqrt(squares[c]);
        }
        return squares;
    }

    /** Their squares. */
    double[] squares(DeviceMatrix x) {
        try (DeviceScope scope = new DeviceScope(worker)) {
            MemorySegment sums = scope.allocate((long) x.columns() * Double.BYTES);
            worker.library()
                    .componentScales(
                            scope.stream(),
                            x.columns(),
                            x.rows(),
                            MemorySegment.NULL,
                            x.data(),
                            x.stride(),
                            MemorySegment.NULL,
                            sums);
            MemorySegment host = scope.host().allocate(JAVA_DOUBLE, x.columns());
            scope.download(sums, host);
            return host.toArray(JAVA_DOUBLE);
        }
    }

    /** Divides columns by their lengths; those that vanished become random and their length 0. */
    private void normalise(DeviceMatrix x, double[] lengths) {
        double longest = 0;
        for (double length : lengths) {
            longest = Math.max(longest, length);
        }
        try (DeviceScope scope = new DeviceScope(worker)) {
            MemorySegment factors = scope.host().allocate(JAVA_FLOAT, lengths.length);
            for (int c = 0; c < lengths.length; c++) {
                boolean vanished = !(lengths[c] > VANISHED * longest);
                factors.setAtIndex(JAVA_FLOAT, c, vanished ? 1 : (float) (1 / lengths[c]));
                if (vanished) {
                    lengths[c] = 0;
                    randomise(x.columnRange(c, c + 1));
                }
            }
            worker.algebra().scaleColumns(x, scope.upload(factors));
        }
    }

    /** Makes every column a random one of length 1. */
    void randomise(DeviceMatrix x) {
        try (DeviceScope scope = new DeviceScope(worker)) {
            Matrix signs =
                    Matrix.allocate(scope.host(), /* rows= */ x.columns(), /* columns= */ x.rows());
            RandomSigns.fill(signs, draws++);
            worker.staging().upload(signs.data(), x.data());
            worker.algebra().scale(x, 1 / Math.sqrt(x.rows()));
        }
    }

    /** Adds a little of random directions. */
    private void stir(DeviceMatrix x) {
        try (DeviceScope scope = new DeviceScope(worker)) {
            DeviceMatrix random = scope.matrix(Precision.F32, x.rows(), x.columns());
            randomise(random);
            worker.algebra().add(STIR, random, x);
        }
    }

    /**
     * Both passes.
     *
     * @return the diagonal of R, or null if the columns depend on one another; x is unchanged then
     */
    private double @Nullable [] attempt(DeviceMatrix x) {
        try (DeviceScope scope = new DeviceScope(worker)) {
            int n = x.columns();
            DeviceMatrix wide = scope.matrix(Precision.F64, x.rows(), n);
            DeviceMatrix gram = scope.matrix(Precision.F64, n, n);
            MemorySegment info = scope.allocate(Integer.BYTES);
            worker.library().widen(scope.stream(), x.count(), x.data(), wide.data());
            double[] diagonal = new double[n];
            Arrays.fill(diagonal, 1);
            MemorySegment host = scope.host().allocate(JAVA_DOUBLE, (long) n * n);
            for (int pass = 0; pass < PASSES; pass++) {
                worker.algebra().gram(1, wide, false, gram);
                worker.algebra().cholesky(gram, info);
                if (scope.readInt(info) != 0) {
                    return null;
                }
                worker.algebra().divide(wide, gram);
                scope.download(gram.data(), host);
                for (int c = 0; c < n; c++) {
                    diagonal[c] *= host.getAtIndex(JAVA_DOUBLE, (long) c * n + c);
                }
            }
            worker.library().narrow(scope.stream(), x.count(), wide.data(), x.data());
            return diagonal;
        }
    }
}
