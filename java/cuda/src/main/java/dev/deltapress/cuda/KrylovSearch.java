package dev.deltapress.cuda;

import dev.deltapress.cuda.DeviceMatrix.Precision;
import dev.deltapress.linalg.EnergyQuadrature;
import dev.deltapress.linalg.KrylovPlan;
import dev.deltapress.linalg.RankRule;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Block Krylov iteration for a batch of matrices of one shape. All bases grow until each matrix's
 * has settled, or would be larger than is worth while; a matrix that settled before only gets
 * better.
 */
final class KrylovSearch {
    /** Columns of a block: enough to keep a device busy, few against the basis. */
    private static final int LEAST_BLOCK = 16;

    private static final int MOST_BLOCK = 256;

    /** Blocks below which the estimate of the error cannot be trusted. */
    private static final int LEAST_BLOCKS = 4;

    /** The rank of a matrix that has not settled. */
    private static final int UNSETTLED = -1;

    private final Worker worker;
    private final KrylovPlan plan;
    private final Orthonormaliser orthonormaliser;
    private final ShortSide a;
    private final double[] energies;
    private final List<RankRule> rules;

    /**
     * @param energies squared Frobenius norms, above 0
     * @param rules how many components are wanted of each matrix; their guesses suit the plan
     */
    KrylovSearch(
            Worker worker,
            KrylovPlan plan,
            Orthonormaliser orthonormaliser,
            ShortSide a,
            double[] energies,
            List<RankRule> rules) {
        this.worker = worker;
        this.plan = plan;
        this.orthonormaliser = orthonormaliser;
        this.a = a;
        this.energies = energies;
        this.rules = rules;
    }

    /** Singular vectors of the short side and the long, in columns, and values, descending. */
    @SuppressWarnings("ArrayRecordComponent") // read at once, never compared
    record Found(DeviceMatrix onShortSide, double[] s, DeviceMatrix onLongSide) {}

    /**
     * What a look at the bases says.
     *
     * @param ranks components of each matrix that has settled
     * @param next size of the bases at which to look again; 0 if that is of no use
     * @param w leading Ritz vectors in terms of the bases
     */
    @SuppressWarnings("ArrayRecordComponent")
    private record Look(int[] ranks, int next, DeviceMatrix w) {}

    /**
     * The components of every matrix; null for one that does not settle, or whose eigenproblem does
     * not converge.
     *
     * @param owner of the result's memory
     */
    List<@Nullable Found> run(DeviceScope owner) {
        int side = a.side();
        int largest = plan.largest(side);
        int guess = rules.stream().mapToInt(RankRule::guess).max().orElse(1);
        int first = plan.firstLook(Math.clamp(guess, 1, side), side);
        int block = block(first, largest);
        int capacity = Math.min(side, largest + block);
        try (DeviceScope scope = new DeviceScope(worker)) {
            KrylovBasis basis = new KrylovBasis(worker, scope, a, orthonormaliser, block, capacity);
            int size = Math.max(first, LEAST_BLOCKS * block);
            while (true) {
                while (basis.size() < size) {
                    basis.grow();
                }
                try (DeviceScope scratch = new DeviceScope(worker)) {
                    Look look = look(scratch, basis);
                    if (look.next() == 0 || look.next() > largest) {
                        return triplets(owner, basis, look);
                    }
                    size = look.next();
                }
            }
        }
    }

    /** A multiple of the least one, about a twelfth of the basis. */
    private static int block(int basis, int largest) {
        int some =
                Math.clamp((long) basis / 12 / LEAST_BLOCK * LEAST_BLOCK, LEAST_BLOCK, MOST_BLOCK);
        return Math.max(1, Math.min(some, largest / LEAST_BLOCKS));
    }

    private Look look(DeviceScope scratch, KrylovBasis basis) {
        GramEigen ritz = GramEigen.of(worker, scratch, basis.image(), false);
        int side = a.side();
        int next = 0;
        int[] ranks = new int[energies.length];
        for (int i = 0; i < ranks.length; i++) {
            double[] leading = EnergyQuadrature.leading(ritz.values()[i]);
            int rank = Math.min(side, rules.get(i).wanted().applyAsInt(leading));
            boolean early = plan.isEarly(basis.size(), rank, side) || rank > basis.size();
            if (ritz.converged()[i] && early) {
                next = Math.max(next, plan.firstLook(rank, side));
            }
            ranks[i] = ritz.converged()[i] && !early ? rank : UNSETTLED;
        }
        DeviceMatrix w = ritz.vectors(scratch, most(ranks));
        double[] residuals = basis.residuals(w);
        double[] counts = basis.counts(ritz.values(), w);
        for (int i = 0; i < ranks.length; i++) {
            if (ranks[i] == UNSETTLED) {
                continue;
            }
            int from = i * w.columns();
            double excess =
                    EnergyQuadrature.excess(
                            ritz.values()[i],
                            Arrays.copyOfRange(residuals, from, from + ranks[i]),
                            Arrays.copyOfRange(counts, from, from + ranks[i]),
                            basis.starts(),
                            energies[i]);
            if (!(excess <= plan.tolerance())) {
                next = Math.max(next, plan.nextLook(basis.size(), excess, ranks[i], side));
                ranks[i] = UNSETTLED;
            }
        }
        return new Look(ranks, next, w);
    }

    /** The largest rank of those that have settled. */
    private static int most(int[] ranks) {
        return Math.max(0, Arrays.stream(ranks).max().orElse(0));
    }

    private List<@Nullable Found> triplets(DeviceScope owner, KrylovBasis basis, Look look) {
        List<@Nullable Found> found = new ArrayList<>();
        if (Arrays.stream(look.ranks()).allMatch(rank -> rank == UNSETTLED)) {
            for (int _ : look.ranks()) {
                found.add(null);
            }
            return found;
        }
        int most = most(look.ranks());
        DeviceMatrix w = look.w().columnRange(0, most);
        DeviceMatrix onShortSide = owner.matrix(Precision.F32, a.side(), most, w.batch());
        DeviceMatrix onLongSide = owner.matrix(Precision.F32, a.length(), most, w.batch());
        worker.algebra().multiply(1, basis.basis(), false, w, false, 0, onShortSide);
        worker.algebra().multiply(1, basis.image(), false, w, false, 0, onLongSide);
        orthonormaliser.orthonormalise(onShortSide);
        double[] lengths = orthonormaliser.orthonormalise(onLongSide).lengths();
        for (int i = 0; i < look.ranks().length; i++) {
            int rank = look.ranks()[i];
            found.add(
                    rank == UNSETTLED
                            ? null
                            : new Found(
                                    onShortSide.one(i).columnRange(0, rank),
                                    Arrays.copyOfRange(lengths, i * most, i * most + rank),
                                    onLongSide.one(i).columnRange(0, rank)));
        }
        return found;
    }
}
