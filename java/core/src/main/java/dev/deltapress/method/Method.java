package dev.deltapress.method;

import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.delta.TensorRecord.Kind;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SortedMap;

/** A way of turning the delta of a matrix into a record; a value, with all its parameters. */
public interface Method {

    /** The name on the command line and in the file. */
    String name();

    /** The parameters by the paper's names, as text that reads back to the same value. */
    SortedMap<String, String> parameters();

    /** Bytes in 16 bit over bytes on disk that are asked for. */
    double ratio();

    /** Whether every tensor is kept bit for bit; then nothing is encoded, and the ratio is 1. */
    default boolean isLossless() {
        return false;
    }

    /** How matrices are stored: one that {@link Kind#isDelta}. */
    default Kind kind() {
        return Kind.FACTORS;
    }

    /** How bytes are shared out among the matrices of a model; null if by size alone. */
    default @Nullable Sharing sharing() {
        return null;
    }

    /** Shares the bytes of a whole model out by what its deltas look like. */
    @FunctionalInterface
    interface Sharing {
        /**
         * How many bytes an element of each tensor gets, in any unit.
         *
         * @param deviations standard deviations of the tensors' deltas
         * @param entries their numbers of elements
         */
        double[] weights(double[] deviations, long[] entries);
    }

    /** The least bytes that a block of this method takes for a matrix of that shape. */
    long leastBytes(int rows, int columns);

    /**
     * The most bytes that a block will take of a budget for a matrix of that shape. What a method
     * that keeps whole components can tell beforehand that it leaves over goes to other matrices.
     *
     * @param budget at least {@link #leastBytes}
     * @return at least {@link #leastBytes}, at most the budget
     */
    default long usable(int rows, int columns, long budget) {
        return budget;
    }

    /**
     * Codes the deltas of matrices as blocks of {@link #kind}, one for each.
     *
     * @param deltas of one shape, at most as many as the backend works on together
     * @param keys of their masks
     * @param budgets most bytes of each block as it lies in the file, where factor blocks are
     *     entropy-coded ({@link dev.deltapress.delta.FactorEntropy}); at least {@link #leastBytes}
     * @return the blocks, in memory of the garbage-collected heap
     */
    List<MemorySegment> encode(
            Session session, List<Delta> deltas, List<MaskKey> keys, List<Long> budgets);
}
