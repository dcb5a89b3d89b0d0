package dev.deltapress.method;

import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Factors;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.linalg.RankRule;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

/** One matrix on its way to a block of singular vectors. */
final class FactorCoding {
    private static final String JUST_PACKED = "the block just packed";

    private final Delta delta;
    private final MaskKey key;
    private final Plan plan;
    private final Refit refit;
    private @Nullable MemorySegment packed;

    private FactorCoding(Delta delta, MaskKey key, Plan plan, Refit refit) {
        this.delta = delta;
        this.key = key;
        this.plan = plan;
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

        /** That many components, or as many as there are. */
        static Plan ofRank(int rank, Function<float[], FactorBlock> block) {
            return new Plan() {
                @Override
                public RankRule rule(double margin) {
                    return RankRule.of(rank);
                }

                @Override
                public FactorBlock block(float[] singularValues) {
                    return block.apply(singularValues);
                }
            };
        }
    }

    /** Makes the plan of a matrix. */
    @FunctionalInterface
    interface Planner {
        /**
         * For one matrix.
         *
         * @param budget most bytes of the block
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
            codings.add(new FactorCoding(deltas.get(i), keys.get(i), plan, refit));
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
        FactorBlock header =
                FactorBlock.readHeader(block, delta.rows(), delta.columns(), JUST_PACKED);
        if (header.rank() > 0) {
            double[] multipliers = session.fitMultipliers(delta, block, key, JUST_PACKED);
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
            MemorySegment bytes =
                    MemorySegment.ofArray(new byte[Math.toIntExact(block.byteSize(key))]);
            session.pack(factors, block, key, bytes);
            if (refit == Refit.LEFT_AND_MULTIPLIERS && block.rank() > 0) {
                packRefitted(session, factors, block, bytes);
            }
            packed = bytes;
        }
    }

    /** Packs a block again with the U that suits its V. */
    private void packRefitted(
            Session session, Factors factors, FactorBlock block, MemorySegment bytes) {
        try (Factors refitted = session.refitLeft(delta, factors, bytes, key, JUST_PACKED)) {
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
}
