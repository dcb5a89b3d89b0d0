package dev.deltapress.cuda;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import dev.deltapress.cuda.DeviceMatrix.Precision;
import dev.deltapress.linalg.EnergyQuadrature;
import dev.deltapress.linalg.KrylovPlan;
import dev.deltapress.linalg.RankRule;
import dev.deltapress.panama.NativeCallException;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The leading components of the singular value decomposition of an fp32 matrix on a device, under
 * the contract of {@link dev.deltapress.linalg.TruncatedSvd}: at most 1% more error than the best
 * of that rank. Block Krylov iteration (see {@link KrylovBasis}) where few components are wanted,
 * the eigenproblem of the short side's fp64 Gram matrix otherwise, or where the iteration does not
 * settle or does not converge.
 */
final class DeviceSvd {
    /** Columns of a block: enough to keep a device busy, few against the basis. */
    private static final int LEAST_BLOCK = 16;

    private static final int MOST_BLOCK = 256;

    /** Blocks below which the estimate of the error cannot be trusted. */
    private static final int LEAST_BLOCKS = 4;

    /**
     * Largest entries outside 2^-20 .. 2^20 are scaled, so that no product of three leaves fp32.
     */
    private static final int SAFE_EXPONENT = 20;

    /** Exponent of the largest factor whose inverse is a normal number too. */
    private static final int MOST = 126;

    private final Worker worker;
    private final KrylovPlan plan = new KrylovPlan(KrylovPlan.EXCESS);
    private final Orthonormaliser orthonormaliser;

    /** For one matrix: its random numbers must not depend on what a worker did before. */
    DeviceSvd(Worker worker) {
        this.worker = worker;
        this.orthonormaliser = new Orthonormaliser(worker);
    }

    /**
     * Singular triplets, in descending order.
     *
     * @param rows singular vectors on the side of the matrix's rows, in columns
     * @param columns on the side of its columns
     */
    @SuppressWarnings("ArrayRecordComponent") // read at once, never compared
    record Triplets(DeviceMatrix rows, float[] s, DeviceMatrix columns) {}

    /**
     * Computes as many components as a rule wants.
     *
     * @param owner of the result's memory
     * @param a finite
     * @throws IllegalArgumentException if a singular value overflows fp32
     */
    Triplets compute(DeviceScope owner, DeviceMatrix a, RankRule rule) {
        Range range = range(a);
        int exponent = range.largest() == 0 ? 0 : Math.getExponent(range.largest());
        exponent = Math.abs(exponent) <= SAFE_EXPONENT ? 0 : Math.clamp(exponent, -MOST, MOST);
        if (exponent == 0) {
            return finished(compute(owner, a, range.energy(), rule), a, 0);
        }
        try (DeviceScope scope = new DeviceScope(worker)) {
            DeviceMatrix scaled = scope.matrix(Precision.F32, a.rows(), a.columns());
            worker.library().copyOnDevice(scope.stream(), scaled.data(), a.data(), a.byteSize());
            worker.algebra().scale(scaled, Math.scalb(1.0, -exponent));
            double energy = Math.scalb(range.energy(), -2 * exponent);
            return finished(compute(owner, scaled, energy, rule), a, exponent);
        }
    }

    /**
     * The length of the longest column, which is at least the largest magnitude, and the sum of
     * squares.
     */
    private record Range(double largest, double energy) {}

    private Range range(DeviceMatrix a) {
        double[] squares = orthonormaliser.squares(a);
        double energy = Arrays.stream(squares).sum();
        double largest = Math.sqrt(Arrays.stream(squares).max().orElse(0));
        return new Range(largest, energy);
    }

    /** Triplets of the short side and the long. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Found(DeviceMatrix onShortSide, double[] s, DeviceMatrix onLongSide) {}

    private Found compute(DeviceScope owner, DeviceMatrix a, double energy, RankRule rule) {
        ShortSide operand = ShortSide.of(worker.algebra(), a);
        int guess = Math.clamp(rule.guess(), 1, operand.side());
        if (energy > 0 && plan.suits(guess, operand.side())) {
            Found found = krylov(owner, operand, energy, rule, guess);
            if (found != null) {
                return found;
            }
        }
        return exact(owner, operand, rule);
    }

    private @Nullable Found krylov(
            DeviceScope owner, ShortSide a, double energy, RankRule rule, int guess) {
        int side = a.side();
        int largest = plan.largest(side);
        int first = plan.firstLook(guess, side);
        int block = block(first, largest);
        try (DeviceScope scope = new DeviceScope(worker)) {
            KrylovBasis basis =
                    new KrylovBasis(
                            worker,
                            scope,
                            a,
                            orthonormaliser,
                            block,
                            Math.min(side, largest + block));
            int look = Math.max(first, LEAST_BLOCKS * block);
            while (look <= largest) {
                while (basis.size() < look) {
                    basis.grow();
                }
                try (DeviceScope scratch = new DeviceScope(worker)) {
                    Eigen ritz = eigen(scratch, basis.image(), false);
                    if (ritz == null) {
                        return null;
                    }
                    double[] theta = ritz.values();
                    int rank =
                            Math.min(
                                    side,
                                    rule.wanted().applyAsInt(EnergyQuadrature.leading(theta)));
                    if (plan.isEarly(basis.size(), rank, side) || rank > theta.length) {
                        look = plan.firstLook(rank, side);
                        continue;
                    }
                    DeviceMatrix w = ritz.vectors(scratch, worker, rank);
                    double excess =
                            EnergyQuadrature.excess(
                                    theta,
                                    basis.residuals(w),
                                    basis.counts(theta, w),
                                    basis.starts(),
                                    energy);
                    if (excess <= plan.tolerance()) {
                        return triplets(owner, a, basis, w);
                    }
                    look = plan.nextLook(basis.size(), excess, rank, side);
                }
            }
            return null;
        }
    }

    /** A multiple of the least one, about a twelfth of the basis. */
    private static int block(int basis, int largest) {
        int some =
                Math.clamp((long) basis / 12 / LEAST_BLOCK * LEAST_BLOCK, LEAST_BLOCK, MOST_BLOCK);
        return Math.max(1, Math.min(some, largest / LEAST_BLOCKS));
    }

    private Found triplets(DeviceScope owner, ShortSide a, KrylovBasis basis, DeviceMatrix w) {
        DeviceMatrix onShortSide = owner.matrix(Precision.F32, a.side(), w.columns());
        DeviceMatrix onLongSide = owner.matrix(Precision.F32, a.length(), w.columns());
        worker.algebra().multiply(1, basis.basis(), false, w, false, 0, onShortSide);
        worker.algebra().multiply(1, basis.image(), false, w, false, 0, onLongSide);
        orthonormaliser.orthonormalise(onShortSide);
        return new Found(onShortSide, orthonormaliser.orthonormalise(onLongSide), onLongSide);
    }

    private Found exact(DeviceScope owner, ShortSide a, RankRule rule) {
        try (DeviceScope scratch = new DeviceScope(worker)) {
            Eigen eigen = eigen(scratch, a.matrix(), a.upright());
            if (eigen == null) {
                throw new NativeCallException(
                        "cusolverDnDsyevd",
                        0,
                        "the eigenvalues of a %d x %d matrix did not converge"
                                .formatted(a.side(), a.length()));
            }
            double[] roots =
                    Arrays.stream(eigen.values()).map(x -> Math.sqrt(Math.max(0, x))).toArray();
            int rank = Math.min(a.side(), rule.wanted().applyAsInt(roots));
            DeviceMatrix onShortSide = owner.matrix(Precision.F32, a.side(), rank);
            DeviceMatrix onLongSide = owner.matrix(Precision.F32, a.length(), rank);
            DeviceMatrix w = eigen.vectors(scratch, worker, rank);
            worker.library()
                    .copyOnDevice(scratch.stream(), onShortSide.data(), w.data(), w.byteSize());
            a.toLongSide(onShortSide, onLongSide);
            orthonormaliser.orthonormalise(onShortSide);
            return new Found(onShortSide, orthonormaliser.orthonormalise(onLongSide), onLongSide);
        }
    }

    /**
     * Eigenvalues of a Gram matrix, descending, and all eigenvectors, in columns.
     *
     * @param all fp64
     */
    @SuppressWarnings("ArrayRecordComponent")
    private record Eigen(double[] values, DeviceMatrix all) {

        /** The leading vectors in fp32. */
        DeviceMatrix vectors(DeviceScope scope, Worker worker, int count) {
            DeviceMatrix narrow = scope.matrix(Precision.F32, all.rows(), count);
            worker.library().narrow(scope.stream(), narrow.count(), all.data(), narrow.data());
            return narrow;
        }
    }

    /** Of A'A or AA', in fp64; null if it does not converge. */
    private @Nullable Eigen eigen(DeviceScope scope, DeviceMatrix a, boolean ofRows) {
        int n = ofRows ? a.rows() : a.columns();
        DeviceMatrix gram = scope.matrix(Precision.F64, n, n);
        MemorySegment values = scope.allocate((long) n * Double.BYTES);
        MemorySegment info = scope.allocate(Integer.BYTES);
        try (DeviceScope scratch = new DeviceScope(worker)) {
            DeviceMatrix wide = scratch.matrix(Precision.F64, a.rows(), a.columns());
            worker.library().widen(scratch.stream(), a.count(), a.data(), wide.data());
            // Negated, so that ascending values are descending ones.
            worker.algebra().gram(-1, wide, ofRows, gram);
        }
        worker.algebra().eigen(gram, values, info);
        if (scope.readInt(info) != 0) {
            return null;
        }
        MemorySegment host = scope.host().allocate(JAVA_DOUBLE, n);
        scope.download(values, host);
        double[] descending = host.toArray(JAVA_DOUBLE);
        for (int i = 0; i < n; i++) {
            descending[i] = -descending[i];
        }
        return new Eigen(descending, gram);
    }

    /** Which side is which, signs, and singular values in fp32. */
    private Triplets finished(Found found, DeviceMatrix a, int exponent) {
        boolean upright = a.rows() <= a.columns();
        DeviceMatrix rows = upright ? found.onShortSide() : found.onLongSide();
        DeviceMatrix columns = upright ? found.onLongSide() : found.onShortSide();
        int rank = columns.columns();
        // Columns of our matrix are rows of the checkpoint's: the sign is that of its left vectors.
        worker.library()
                .orient(
                        worker.stream().address(),
                        rank,
                        columns.rows(),
                        columns.data(),
                        rows.rows(),
                        rows.data(),
                        columns.data(),
                        rows.data());
        float[] s = new float[rank];
        double least = Double.MAX_VALUE;
        for (int c = 0; c < rank; c++) {
            // Rounding may leave a noise value above the one before it.
            least = Math.min(least, found.s()[c]);
            s[c] = (float) Math.scalb(least, exponent);
        }
        if (rank > 0 && Float.isInfinite(s[0])) {
            throw new IllegalArgumentException(
                    "the largest singular value, %g, overflows fp32"
                            .formatted(Math.scalb(found.s()[0], exponent)));
        }
        return new Triplets(rows, s, columns);
    }
}
