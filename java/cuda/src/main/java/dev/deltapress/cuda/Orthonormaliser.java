package dev.deltapress.cuda;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.deltapress.cuda.DeviceMatrix.Precision;
import dev.deltapress.linalg.Matrix;
import dev.deltapress.linalg.RandomSigns;
import dev.deltapress.panama.NativeCallException;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Makes the columns of fp32 matrices, or of each of a batch, orthonormal by Cholesky QR in fp64,
 * twice (Yamamoto, Nakatsukasa, Yanagisawa and Fukaya, "Roundoff error analysis of the CholeskyQR2
 * algorithm", ETNA 44, 2015): products and triangular solves are all it takes. Columns are brought
 * to length 1 before, so that only their directions matter.
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
     * @param lengths of each beside the span of those before in its matrix; 0 for those that became
     *     random. Matrix after matrix
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
        }
        throw new NativeCallException(
                "cusolverDnDpotrf", 0, "columns stay dependent after random ones were added");
    }

    /** Euclidean lengths of the columns, matrix after matrix. */
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
            long columns = (long) x.columns() * x.batch();
            MemorySegment sums = scope.allocate(columns * Double.BYTES);
            long done = 0;
            for (DeviceMatrix part : x.parts()) {
                worker.library()
                        .componentScales(
                                scope.stream(),
                                part.columns(),
                                part.rows(),
                                MemorySegment.NULL,
                                part.data(),
                                part.stride(),
                                MemorySegment.NULL,
                                MemorySegment.ofAddress(sums.address() + done * Double.BYTES));
                done += part.columns();
            }
            return scope.readDoubles(sums, columns);
        }
    }

    /** Divides columns by their lengths; those that vanished become random and their length 0. */
    private void normalise(DeviceMatrix x, double[] lengths) {
        double[] longest = new double[x.batch()];
        for (int c = 0; c < lengths.length; c++) {
            int matrix = c / x.columns();
            longest[matrix] = Math.max(longest[matrix], lengths[c]);
        }
        try (DeviceScope scope = new DeviceScope(worker)) {
            MemorySegment factors = scope.host().allocate(JAVA_FLOAT, lengths.length);
            for (int c = 0; c < lengths.length; c++) {
                boolean vanished = !(lengths[c] > VANISHED * longest[c / x.columns()]);
                factors.setAtIndex(JAVA_FLOAT, c, vanished ? 1 : (float) (1 / lengths[c]));
                if (vanished) {
                    lengths[c] = 0;
                    randomise(x, c);
                }
            }
            worker.algebra().scaleColumns(x, scope.upload(factors));
        }
    }

    /**
     * Makes a column a random one of length 1.
     *
     * @param column counted through all matrices
     */
    void randomise(DeviceMatrix x, int column) {
        int c = column % x.columns();
        randomise(x.one(column / x.columns()).columnRange(c, c + 1));
    }

    /** Makes every column of one matrix a random one of length 1. */
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
     * @return the diagonals of R, or null if the columns of some matrices depend on one another:
     *     these are stirred then, and the others unchanged
     */
    private double @Nullable [] attempt(DeviceMatrix x) {
        try (DeviceScope scope = new DeviceScope(worker)) {
            int n = x.columns();
            DeviceMatrix wide = scope.matrix(Precision.F64, x.rows(), n, x.batch());
            DeviceMatrix gram = scope.matrix(Precision.F64, n, n, x.batch());
            MemorySegment info = scope.allocate((long) x.batch() * Integer.BYTES);
            scope.widen(x, wide);
            double[] diagonal = new double[n * x.batch()];
            Arrays.fill(diagonal, 1);
            for (int pass = 0; pass < PASSES; pass++) {
                worker.algebra().gram(1, wide, false, gram);
                worker.algebra().cholesky(gram, info);
                if (stirDependent(x, scope.readInts(info, x.batch()))) {
                    return null;
                }
                worker.algebra().divide(wide, gram);
                double[] r = scope.readDoubles(gram.data(), gram.count());
                for (int c = 0; c < diagonal.length; c++) {
                    diagonal[c] *= r[c * n + c % n];
                }
            }
            scope.narrow(wide, x);
            return diagonal;
        }
    }

    /**
     * @param infos of the Cholesky factorisations
     * @return whether any of them failed
     */
    private boolean stirDependent(DeviceMatrix x, int[] infos) {
        boolean any = false;
        for (int i = 0; i < infos.length; i++) {
            if (infos[i] != 0) {
                any = true;
                stir(x.one(i));
            }
        }
        return any;
    }
}
