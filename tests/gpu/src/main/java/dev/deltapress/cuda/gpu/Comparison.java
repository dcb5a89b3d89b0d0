package dev.deltapress.cuda.gpu;

import dev.deltapress.backend.Backend;
import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Factors;
import dev.deltapress.backend.Backend.Measured;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.backend.MatrixView;
import dev.deltapress.backend.PackedMatrix;
import dev.deltapress.cuda.HostFactors;
import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.linalg.Kernels;
import dev.deltapress.linalg.Matrix;
import dev.deltapress.linalg.RankRule;
import dev.deltapress.parallel.Team;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Floats;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.Supplier;

/** Lets both backends do every step on one matrix and compares what they give. */
final class Comparison implements AutoCloseable {
    private static final MaskKey KEY = new MaskKey(3, 14);

    /** The contract of the truncated SVD: more error than the best of that rank. */
    static final double EXCESS = 0.01;

    /** What rounding singular vectors to fp16 adds at most. */
    static final double ROUNDING = 1e-3;

    /** Sums of products in fp32, in different orders. */
    private static final double PRODUCT = 1e-5;

    static final double ORTHOGONALITY = 1e-5;

    private final ParityCase wanted;
    private final Backend cuda;
    private final Backend java;
    private final Kernels kernels;
    private final Findings findings = new Findings();
    private final Arena arena = Arena.ofShared();
    private final WeightPair pair;

    /**
     * @param team threads for what is computed on the host
     */
    Comparison(ParityCase wanted, Backend cuda, Backend java, Team team) {
        this.wanted = wanted;
        this.cuda = cuda;
        this.java = java;
        this.kernels = Kernels.best(team);
        this.pair =
                WeightPair.synthetic(
                        arena,
                        "parity",
                        wanted.rows(),
                        wanted.columns(),
                        wanted.dtype(),
                        wanted.spectrum());
    }

    /** What is found; an exception is a failure like any other. */
    Findings run() {
        try (Session ours = cuda.open();
                Session theirs = java.open();
                Delta delta = ours.subtract(pair.tuned(), pair.base());
                Delta expected = theirs.subtract(pair.tuned(), pair.base())) {
            findings.expect("non_finite", (double) (delta.nonFinite() + expected.nonFinite()), 0);
            RankRule rank = RankRule.of(wanted.rank());
            // Once before, so that handles and workspaces are made when time is taken.
            ours.factorise(delta, rank).close();
            try (Factors factors = timed("cuda_seconds", () -> ours.factorise(delta, rank));
                    Factors reference =
                            timed("java_seconds", () -> theirs.factorise(expected, rank))) {
                compareValues(factors.singularValues(), reference.singularValues());
                HostFactors host = HostFactors.of(arena, factors);
                findings.expect(
                        "left_orthogonality", orthogonality(kernels, host.ut()), ORTHOGONALITY);
                findings.expect(
                        "right_orthogonality", orthogonality(kernels, host.vt()), ORTHOGONALITY);
                FactorBlock whole = whole(factors, pair);
                FactorBlock thinned = thinned(factors);
                byte[] packed = packed(ours, factors, whole);
                compareBytes("whole_block", packed, packedInJava(host, whole));
                byte[] sparse = packed(ours, factors, thinned);
                compareBytes("thinned_block", sparse, packedInJava(host, thinned));
                compareDecoded(ours, theirs, delta, expected, packed, "whole");
                compareDecoded(ours, theirs, delta, expected, sparse, "thinned");
                compareContract(ours, theirs, delta, expected, packed, reference);
                compareBytes("repeated", repeated(rank, whole), packed);
            }
        } catch (RuntimeException e) {
            findings.fail(e.toString());
        }
        return findings;
    }

    private <T> T timed(String name, Supplier<T> work) {
        long start = System.nanoTime();
        T result = work.get();
        findings.note(name, (System.nanoTime() - start) / 1e9);
        return result;
    }

    private void compareValues(float[] ours, float[] theirs) {
        findings.expect("rank_difference", Math.abs(ours.length - theirs.length), 0);
        findings.expect("energy", difference(energy(ours), energy(theirs)), EXCESS);
        findings.expect(
                "first_value", difference(ours[0], theirs[0]), wanted.spectrum().firstValueLimit());
    }

    /** Everything that was packed is what the Java backend would have packed. */
    private void compareBytes(String name, byte[] ours, byte[] theirs) {
        int at = Arrays.mismatch(ours, theirs);
        findings.note(name + "_bytes", ours.length);
        if (at >= 0) {
            findings.fail("%s: byte %d of %d differs".formatted(name, at, ours.length));
        }
    }

    /** What a block decodes to, what it restores, and how far that is found to be off. */
    private void compareDecoded(
            Session ours, Session theirs, Delta delta, Delta expected, byte[] packed, String name) {
        try (Delta decoded = unpacked(ours, packed, pair);
                Delta reference = unpacked(theirs, packed, pair);
                Arena memory = Arena.ofShared()) {
            Measured found = ours.measure(delta, decoded, pair.tuned(), pair.base());
            Measured right = theirs.measure(expected, reference, pair.tuned(), pair.base());
            findings.expect(
                    name + "_delta_energy",
                    difference(found.errors().delta(), right.errors().delta()),
                    1e-12);
            findings.expect(
                    name + "_error",
                    difference(found.errors().relative(), right.errors().relative()),
                    1e-4);
            findings.expect(
                    name + "_restored_error",
                    difference(
                            found.errors().restoredRelative(), right.errors().restoredRelative()),
                    1e-4);
            findings.expect(
                    name + "_overflows", (double) (found.overflows() - right.overflows()), 0);
            MatrixView a = empty(memory, DType.F32);
            MatrixView b = empty(memory, DType.F32);
            ours.add(pair.base(), decoded, a);
            theirs.add(pair.base(), reference, b);
            double scale = Math.sqrt(right.errors().delta()) * (1 + right.errors().relative());
            findings.expect(
                    name + "_restored_distance", distance(a, b) / (scale + 1e-300), PRODUCT);
            if (wanted.dtype() != DType.F32) {
                MatrixView c = empty(memory, wanted.dtype());
                MatrixView d = empty(memory, wanted.dtype());
                ours.add(pair.base(), decoded, c);
                theirs.add(pair.base(), reference, d);
                findings.expect(name + "_rounded_apart", apart(c, d), 1e-3);
            }
        }
    }

    private MatrixView empty(Arena memory, DType dtype) {
        return WeightPair.empty(memory, wanted.rows(), wanted.columns(), dtype);
    }

    /** No more error than the Java backend's, which keeps the contract, within the contract. */
    private void compareContract(
            Session ours,
            Session theirs,
            Delta delta,
            Delta expected,
            byte[] packed,
            Factors reference) {
        double found = relative(ours, delta, packed, pair);
        double best = relative(theirs, expected, reference, pair);
        findings.note("error", found);
        findings.note("java_error", best);
        findings.expect("excess_error", found - (1 + EXCESS) * best, ROUNDING);
    }

    /** Relative error of a delta that all entries of its components decode to. */
    static double relative(Session session, Delta delta, Factors factors, WeightPair pair) {
        return relative(session, delta, packed(session, factors, whole(factors, pair)), pair);
    }

    private static double relative(Session session, Delta delta, byte[] packed, WeightPair pair) {
        try (Delta decoded = unpacked(session, packed, pair)) {
            return session.measure(delta, decoded, pair.tuned(), pair.base()).errors().relative();
        }
    }

    /** The same library and device give the same bytes again, in another session. */
    private byte[] repeated(RankRule rank, FactorBlock block) {
        try (Session session = cuda.open();
                Delta delta = session.subtract(pair.tuned(), pair.base());
                Factors factors = session.factorise(delta, rank)) {
            return packed(session, factors, block);
        }
    }

    private static Delta unpacked(Session session, byte[] packed, WeightPair pair) {
        return session.unpack(
                new PackedMatrix(
                        MemorySegment.ofArray(packed), pair.rows(), pair.columns(), KEY, "here"));
    }

    private static byte[] packed(Session session, Factors factors, FactorBlock block) {
        byte[] bytes = new byte[Math.toIntExact(block.byteSize(KEY))];
        session.pack(factors, block, KEY, MemorySegment.ofArray(bytes));
        return bytes;
    }

    private static byte[] packedInJava(HostFactors factors, FactorBlock block) {
        byte[] bytes = new byte[Math.toIntExact(block.byteSize(KEY))];
        block.pack(factors.ut(), factors.vt(), KEY, MemorySegment.ofArray(bytes));
        return bytes;
    }

    /** All entries of all components. */
    private static FactorBlock whole(Factors factors, WeightPair pair) {
        long[] thresholds = new long[factors.rank()];
        Arrays.fill(thresholds, MaskKey.KEEP_ALL);
        return new FactorBlock(
                pair.rows(), pair.columns(), 1, factors.singularValues(), thresholds);
    }

    /** Fewer and fewer entries of each component. */
    private FactorBlock thinned(Factors factors) {
        long[] thresholds = new long[factors.rank()];
        for (int c = 0; c < thresholds.length; c++) {
            thresholds[c] = MaskKey.KEEP_ALL / (1 + c / 4);
        }
        return new FactorBlock(
                wanted.rows(), wanted.columns(), 1.5f, factors.singularValues(), thresholds);
    }

    /** Largest deviation of the inner products of rows from those of orthonormal ones. */
    static double orthogonality(Kernels kernels, Matrix rows) {
        try (Arena scratch = Arena.ofShared()) {
            Matrix gram = Matrix.allocate(scratch, rows.rows(), rows.rows());
            kernels.multiply(rows, false, rows, true, gram);
            double most = 0;
            for (int i = 0; i < gram.rows(); i++) {
                for (int j = 0; j < gram.columns(); j++) {
                    most = Math.max(most, Math.abs(gram.get(i, j) - (i == j ? 1 : 0)));
                }
            }
            return most;
        }
    }

    static double energy(float[] s) {
        double sum = 0;
        for (float value : s) {
            sum += (double) value * value;
        }
        return sum;
    }

    /** Relative to the second; 0 where both are 0. */
    static double difference(double found, double right) {
        return found == right ? 0 : Math.abs(found - right) / Math.abs(right);
    }

    private static double distance(MatrixView a, MatrixView b) {
        double sum = 0;
        for (long i = 0; i < (long) a.rows() * a.columns(); i++) {
            double d =
                    (double) Floats.get(a.data(), DType.F32, i)
                            - Floats.get(b.data(), DType.F32, i);
            sum += d * d;
        }
        return Math.sqrt(sum);
    }

    /** Share of 16-bit elements that differ. */
    private static double apart(MatrixView a, MatrixView b) {
        long elements = (long) a.rows() * a.columns();
        long count = 0;
        for (long i = 0; i < elements; i++) {
            short x = a.data().getAtIndex(Floats.WORD16, i);
            count += x == b.data().getAtIndex(Floats.WORD16, i) ? 0 : 1;
        }
        return (double) count / elements;
    }

    @Override
    public void close() {
        arena.close();
    }
}
