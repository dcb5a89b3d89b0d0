package dev.deltapress.method;

import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Factors;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.backend.PackedMatrix;
import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.FactorEntropy;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.linalg.RankRule;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** One matrix on its way to a block of singular vectors. */
final class FactorCoding {
    private static final int SPENDING_ROUNDS = 3;
    private static final String JUST_PACKED = "the block just packed";

    private final Delta delta;
    private final MaskKey key;
    private final Plan plan;
    private final long budget;
    private final Refit refit;
    private @Nullable MemorySegment packed;

    private FactorCoding(Delta delta, MaskKey key, Plan plan, long budget, Refit refit) {
        this.delta = delta;
        this.key = key;
        this.plan = plan;
        this.budget = budget;
        this.refit = refit;
    }

    /** What a method decides for one matrix. */
    interface Plan {
        /**
         * How many components are needed.
         *
         * @param margin above 1, and higher in each round: on what is estimated
         */
        RankRule rule(double margin);

        /**
         * The block that is to be packed.
         *
         * @param singularValues the leading ones
         * @return null if more of them are needed
         */
        @Nullable FactorBlock block(float[] singularValues);

        /**
         * The block that a larger budget would pay for, of the components that {@link #rule} asked
         * for.
         *
         * @param budget most bytes before entropy coding, at most {@link #roomy}
         * @return null if this plan could not spend it
         */
        default @Nullable FactorBlock block(float[] singularValues, long budget) {
            return null;
        }
    }

    /** The largest budget that entropy coding makes of one: it saves no more than a tenth. */
    static long roomy(long budget) {
        return budget + budget / 10;
    }

    /** Makes the plan of a matrix. */
    @FunctionalInterface
    interface Planner {
        /**
         * For one matrix.
         *
         * @param budget most bytes of the block, before entropy coding
         */
        Plan plan(Delta delta, MaskKey key, long budget);
    }

    /** What is made better once values are rounded. */
    enum Refit {
        NONE,
        /** The decoded values get their multipliers of least squared error. */
        MULTIPLIERS,
        /** Before that, U is refitted to the decoded V and packed again. */
        LEFT_AND_MULTIPLIERS
    }

    /** {@link Method#encode} by plans. */
    static List<MemorySegment> encode(
            Session session,
            List<Delta> deltas,
            List<MaskKey> keys,
            List<Long> budgets,
            Planner planner,
            Refit refit) {
        List<FactorCoding> codings = new ArrayList<>();
        for (int i = 0; i < deltas.size(); i++) {
            Plan plan = planner.plan(deltas.get(i), keys.get(i), budgets.get(i));
            long budget = budgets.get(i);
            codings.add(new FactorCoding(deltas.get(i), keys.get(i), plan, budget, refit));
        }
        List<FactorCoding> open = codings;
        for (double margin = 1.02; !open.isEmpty(); margin *= 1.25) {
            code(session, open, margin);
            open = open.stream().filter(coding -> coding.packed == null).toList();
        }
        List<MemorySegment> blocks =
                codings.stream().map(coding -> Objects.requireNonNull(coding.packed)).toList();
        if (refit != Refit.NONE) {
            for (int i = 0; i < blocks.size(); i++) {
                codings.get(i).fitMultipliers(session, blocks.get(i));
            }
        }
        return blocks;
    }

    private void fitMultipliers(Session session, MemorySegment block) {
        FactorBlock header = coded(block).header();
        if (header.rank() > 0) {
            double[] multipliers = session.fitMultipliers(delta, coded(block));
            header.withMultipliers(multipliers).writeHeader(block);
        }
    }

    private static void code(Session session, List<FactorCoding> codings, double margin) {
        List<Factors> factors =
                session.factorise(
                        codings.stream().map(coding -> coding.delta).toList(),
                        codings.stream().map(coding -> coding.plan.rule(margin)).toList());
        try {
            for (int i = 0; i < codings.size(); i++) {
                codings.get(i).pack(session, factors.get(i));
            }
        } finally {
            factors.forEach(Factors::close);
        }
    }

    private void pack(Session session, Factors factors) {
        FactorBlock block = plan.block(factors.singularValues());
        if (block != null) {
            packed = pack(session, factors, block);
            spendWhatEntropyCodingSaves(session, factors);
        }
    }

    private MemorySegment pack(Session session, Factors factors, FactorBlock block) {
        MemorySegment bytes = MemorySegment.ofArray(new byte[Math.toIntExact(block.byteSize(key))]);
        session.pack(factors, block, key, bytes);
        if (refit == Refit.LEFT_AND_MULTIPLIERS && block.rank() > 0) {
            packRefitted(session, factors, block, bytes);
        }
        return bytes;
    }

    /** Packs a block again with the U that suits its V. */
    private void packRefitted(
            Session session, Factors factors, FactorBlock block, MemorySegment bytes) {
        try (Factors refitted = session.refitLeft(delta, factors, coded(bytes))) {
            FactorBlock same =
                    new FactorBlock(
                            block.rows(),
                            block.columns(),
                            block.gain(),
                            refitted.singularValues(),
                            block.thresholds(),
                            block.groups(),
                            block.compact());
            session.pack(refitted, same, key, bytes);
        }
    }

    private PackedMatrix coded(MemorySegment block) {
        return new PackedMatrix(block, delta.rows(), delta.columns(), key, JUST_PACKED);
    }

    /**
     * A block counts by its bytes in the file. What is left of the budget once codes are
     * entropy-coded is spent as if codes did not shrink, and then what that leaves. Where a larger
     * block shrinks by less than the first, it is tried again with as much less.
     */
    private void spendWhatEntropyCodingSaves(Session session, Factors factors) {
        long plainBudget = budget + saved(Objects.requireNonNull(packed));
        for (int round = 0; round < SPENDING_ROUNDS && plainBudget > budget; round++) {
            FactorBlock block = plan.block(factors.singularValues(), plainBudget);
            if (block == null || block.byteSize(key) <= packed.byteSize()) {
                return;
            }
            MemorySegment again = pack(session, factors, block);
            long over = again.byteSize() - saved(again) - budget;
            if (over > 0) {
                plainBudget -= over + over / 8;
            } else {
                packed = again;
                plainBudget = budget + saved(again);
            }
        }
    }

    /** Bytes that entropy coding makes of a block less. */
    private long saved(MemorySegment plain) {
        return plain.byteSize() - bytesInFile(plain);
    }

    private long bytesInFile(MemorySegment plain) {
        return FactorEntropy.deflate(plain, delta.rows(), delta.columns(), key, JUST_PACKED)
                .byteSize();
    }
}
