package dev.deltapress.cuda;

import dev.deltapress.cuda.DeviceMatrix.Precision;
import dev.deltapress.cuda.KrylovSearch.Found;
import dev.deltapress.linalg.KrylovPlan;
import dev.deltapress.linalg.RankRule;
import dev.deltapress.panama.NativeCallException;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * The leading components of the singular value decompositions of fp32 matrices on a device, under
 * the contract of {@link dev.deltapress.linalg.TruncatedSvd}: at most 1% more error than the best
 * of that rank. Block Krylov iteration (see {@link KrylovSearch}), of all matrices together, where
 * few components are wanted; the eigenproblem of the short side's fp64 Gram matrix otherwise, or
 * where the iteration does not settle or does not converge.
 */
final class DeviceSvd {
    /**
     * Largest entries outside 2^-20 .. 2^20 are scaled, so that no product of three leaves fp32.
     */
    private static final int SAFE_EXPONENT = 20;

    /** Exponent of the largest factor whose inverse is a normal number too. */
    private static final int MOST = 126;

    private final Worker worker;
    private final KrylovPlan plan = new KrylovPlan(KrylovPlan.EXCESS);
    private final Orthonormaliser orthonormaliser;

    /** For one batch: its random numbers must not depend on what a worker did before. */
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
     * A matrix as it is worked on.
     *
     * @param energy its sum of squares
     * @param exponent of the power of two by which it was divided
     */
    private record Operand(DeviceMatrix matrix, double energy, int exponent) {
        boolean isUpright() {
            return matrix.rows() <= matrix.columns();
        }

        int side() {
            return Math.min(matrix.rows(), matrix.columns());
        }
    }

    /**
     * Computes as many components of each matrix as its rule wants.
     *
     * @param owners of the results' memory
     * @param matrices finite, of one shape
     * @throws IllegalArgumentException if a singular value overflows fp32
     */
    List<Triplets> compute(
            List<DeviceScope> owners, List<DeviceMatrix> matrices, List<RankRule> rules) {
        try (DeviceScope scope = new DeviceScope(worker)) {
            List<Operand> operands = matrices.stream().map(m -> scaled(scope, m)).toList();
            @Nullable Triplets[] triplets = new @Nullable Triplets[operands.size()];
            iterate(owners, operands, rules, triplets);
            for (int i = 0; i < triplets.length; i++) {
                if (triplets[i] == null) {
                    triplets[i] = exact(owners.get(i), operands.get(i), rules.get(i));
                }
            }
            return Arrays.stream(triplets).map(Objects::requireNonNull).toList();
        }
    }

    /** The length of the longest column is at least the largest magnitude. */
    private Operand scaled(DeviceScope scope, DeviceMatrix a) {
        double[] squares = orthonormaliser.squares(a);
        double energy = Arrays.stream(squares).sum();
        double largest = Math.sqrt(Arrays.stream(squares).max().orElse(0));
        int exponent = largest == 0 ? 0 : Math.getExponent(largest);
        if (Math.abs(exponent) <= SAFE_EXPONENT) {
            return new Operand(a, energy, 0);
        }
        exponent = Math.clamp(exponent, -MOST, MOST);
        DeviceMatrix scaled = scope.matrix(Precision.F32, a.rows(), a.columns());
        scope.copy(a, scaled);
        worker.algebra().scale(scaled, Math.scalb(1.0, -exponent));
        return new Operand(scaled, Math.scalb(energy, -2 * exponent), exponent);
    }

    /** Fills in the triplets of matrices for which the iteration is worth while and settles. */
    private void iterate(
            List<DeviceScope> owners,
            List<Operand> operands,
            List<RankRule> rules,
            @Nullable Triplets[] triplets) {
        List<Integer> suited = new ArrayList<>();
        for (int i = 0; i < operands.size(); i++) {
            Operand operand = operands.get(i);
            int guess = Math.clamp(rules.get(i).guess(), 1, operand.side());
            if (operand.energy() > 0 && plan.suits(guess, operand.side())) {
                suited.add(i);
            }
        }
        if (suited.isEmpty()) {
            return;
        }
        try (DeviceScope scope = new DeviceScope(worker)) {
            List<DeviceMatrix> batch = suited.stream().map(i -> operands.get(i).matrix()).toList();
            KrylovSearch search =
                    new KrylovSearch(
                            worker,
                            plan,
                            orthonormaliser,
                            ShortSide.of(worker.algebra(), sideBySide(scope, batch)),
                            suited.stream().mapToDouble(i -> operands.get(i).energy()).toArray(),
                            suited.stream().map(rules::get).toList());
            List<@Nullable Found> found = search.run(scope);
            for (int i = 0; i < found.size(); i++) {
                Found one = found.get(i);
                int at = suited.get(i);
                if (one != null) {
                    triplets[at] = finished(owners.get(at), one, operands.get(at));
                }
            }
        }
    }

    /** Copies of matrices, or the only one itself. */
    private static DeviceMatrix sideBySide(DeviceScope scope, List<DeviceMatrix> matrices) {
        DeviceMatrix first = matrices.getFirst();
        if (matrices.size() == 1) {
            return first;
        }
        DeviceMatrix batch =
                scope.matrix(Precision.F32, first.rows(), first.columns(), matrices.size());
        for (int i = 0; i < matrices.size(); i++) {
            DeviceMatrix matrix = matrices.get(i);
            if (matrix.rows() != first.rows() || matrix.columns() != first.columns()) {
                throw new IllegalArgumentException(
                        "shapes differ: %s, %s".formatted(first, matrix));
            }
            scope.copy(matrix, batch.one(i));
        }
        return batch;
    }

    private Triplets exact(DeviceScope owner, Operand operand, RankRule rule) {
        ShortSide a = ShortSide.of(worker.algebra(), operand.matrix());
        try (DeviceScope scope = new DeviceScope(worker)) {
            GramEigen eigen = GramEigen.of(worker, scope, a.matrix(), a.upright());
            if (!eigen.converged()[0]) {
                throw new NativeCallException(
                        "cusolverDnDsyevd",
                        0,
                        "the eigenvalues of a %d x %d matrix did not converge"
                                .formatted(a.side(), a.length()));
            }
            int rank = Math.min(a.side(), rule.wanted().applyAsInt(eigen.roots(0)));
            DeviceMatrix onShortSide = eigen.vectors(scope, rank);
            DeviceMatrix onLongSide = scope.matrix(Precision.F32, a.length(), rank);
            a.toLongSide(onShortSide, onLongSide);
            orthonormaliser.orthonormalise(onShortSide);
            double[] s = orthonormaliser.orthonormalise(onLongSide).lengths();
            return finished(owner, new Found(onShortSide, s, onLongSide), operand);
        }
    }

    /** Which side is which, signs, and singular values in fp32. */
    private Triplets finished(DeviceScope owner, Found found, Operand operand) {
        DeviceMatrix fromRows = operand.isUpright() ? found.onShortSide() : found.onLongSide();
        DeviceMatrix fromColumns = operand.isUpright() ? found.onLongSide() : found.onShortSide();
        int rank = fromRows.columns();
        DeviceMatrix rows = owner.matrix(Precision.F32, fromRows.rows(), rank);
        DeviceMatrix columns = owner.matrix(Precision.F32, fromColumns.rows(), rank);
        // Columns of our matrix are rows of the checkpoint's: the sign is that of its left vectors.
        worker.library()
                .orient(
                        worker.stream().address(),
                        rank,
                        columns.rows(),
                        fromColumns.data(),
                        rows.rows(),
                        fromRows.data(),
                        columns.data(),
                        rows.data());
        float[] s = new float[rank];
        double least = Double.MAX_VALUE;
        for (int c = 0; c < rank; c++) {
            // Rounding may leave a noise value above the one before it.
            least = Math.min(least, found.s()[c]);
            s[c] = (float) Math.scalb(least, operand.exponent());
        }
        if (rank > 0 && Float.isInfinite(s[0])) {
            throw new IllegalArgumentException(
                    "the largest singular value, %g, overflows fp32"
                            .formatted(Math.scalb(found.s()[0], operand.exponent())));
        }
        return new Triplets(rows, s, columns);
    }
}
