package dev.deltapress.backend;

import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.linalg.RankRule;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The arithmetic of one tensor. A backend owns its matrices: the pipeline hands in a pair, composes
 * operations on handles, and takes packed bytes; deltas and factors never cross back.
 *
 * <p>A backend is safe for use by several threads; a {@link Session} belongs to one. Handles belong
 * to the session that made them and are closed by whoever asked for them.
 */
public interface Backend extends AutoCloseable {

    /** The name on the command line and in the file. */
    String name();

    /**
     * Makes a base matrix ready for {@link DeltaOperator#apply}. On the host it stays where it is:
     * its memory must outlive the result, and be open to all threads.
     */
    Weights weights(MatrixView base);

    /**
     * Makes a packed delta ready to be applied to vectors.
     *
     * @param packed no longer needed afterwards
     * @throws dev.deltapress.MalformedFileException if the bytes do not fit their masks
     */
    DeltaOperator operator(PackedMatrix packed);

    /** A worker's own streams, handles and workspaces. */
    Session open();

    /** Whether matrices lie in a device's memory while they are worked on, not in the host's. */
    default boolean isOnDevice() {
        return false;
    }

    /**
     * How many matrices of one shape are best worked on together; at least 1. The shape alone
     * decides, so that what comes out depends neither on memory nor on threads. More than 1 only
     * where matrices lie on a device: they pass through the host one after the other.
     */
    default int batch(int rows, int columns) {
        return 1;
    }

    /** Bytes of host memory that are kept for later though nothing is in them now. */
    default long idleBytes() {
        return 0;
    }

    /** Gives {@link #idleBytes} back. */
    default void freeIdle() {}

    @Override
    default void close() {}

    /** An fp32 matrix in the backend's memory. */
    interface Delta extends AutoCloseable {
        int rows();

        int columns();

        /** How many elements are NaN or infinite. */
        long nonFinite();

        @Override
        void close();
    }

    /** Leading singular triplets in the backend's memory, in descending order. */
    interface Factors extends AutoCloseable {
        int rank();

        /** Singular values, descending, one for each component. */
        float[] singularValues();

        @Override
        void close();
    }

    /**
     * What {@link Session#measure} finds.
     *
     * @param overflows how many finite sums became infinite by rounding
     */
    record Measured(ErrorSums errors, long overflows) {}

    /** One worker's view of the backend; for one thread at a time. */
    interface Session extends AutoCloseable {

        /** tuned - base, each widened to fp32, subtracted in fp32. Same shapes. */
        Delta subtract(MatrixView tuned, MatrixView base);

        /**
         * The leading components of a delta.
         *
         * @param rank how many; at least 1, and no more than min(rows, columns) are given
         */
        Factors factorise(Delta delta, RankRule rank);

        /**
         * The same for several deltas, in their order; together where that is faster.
         *
         * @param deltas of one shape, at most {@link Backend#batch} of them
         * @param ranks one for each
         */
        default List<Factors> factorise(List<Delta> deltas, List<RankRule> ranks) {
            List<Factors> factors = new ArrayList<>();
            try {
                for (int i = 0; i < deltas.size(); i++) {
                    factors.add(factorise(deltas.get(i), ranks.get(i)));
                }
                return factors;
            } catch (RuntimeException | Error e) {
                factors.forEach(Factors::close);
                throw e;
            }
        }

        /**
         * Writes a factor block with the values of the leading components that survive their masks.
         * The scales of codes are found in the factors and go into the multipliers written.
         *
         * @param block says rank, singular values, thresholds and groups; its rank is at most that
         *     of the factors
         * @param out exactly the block's bytes
         */
        void pack(Factors factors, FactorBlock block, MaskKey key, MemorySegment out);

        /**
         * The multipliers of least squared error for the values of a packed block: those a that
         * minimise |D - U diag(a) V'| in the Frobenius norm.
         *
         * @param packed of rank 1 or more; its own multipliers do not matter
         * @return one for each component, for {@link FactorBlock#withMultipliers}
         * @throws dev.deltapress.MalformedFileException if the bytes do not fit their masks
         */
        double[] fitMultipliers(Delta delta, PackedMatrix packed);

        /**
         * The factors with the left one refitted to the rounded right one: U = D V (V'V)^-1 for the
         * V that a packed block decodes to, which minimises |D - U V'| in the Frobenius norm
         * (DeltaMix's correction of the reconstruction target, arXiv 2506.11087). Packed again with
         * the same block they give the same codes of V.
         *
         * @param factors what the block was packed from; their V is shared, so they are closed
         *     after the result
         * @param packed of rank 1 or more; its own multipliers do not matter
         * @return as many components as the block has, in their order. Left singular vectors have
         *     length 1, and singular values are the lengths of U beside a V of length 1: neither
         *     descending nor above 0 for certain
         * @throws dev.deltapress.MalformedFileException if the bytes do not fit their masks
         */
        Factors refitLeft(Delta delta, Factors factors, PackedMatrix packed);

        /**
         * The delta that a packed block decodes to.
         *
         * @throws dev.deltapress.MalformedFileException if the bytes do not fit their masks
         */
        Delta unpack(PackedMatrix packed);

        /**
         * A delta of given elements, for codes of single elements, which are decoded on the host.
         *
         * @param values finite f32, no longer needed afterwards
         */
        Delta delta(MatrixView values);

        /**
         * Copies the elements of a delta to the host, for codes of single elements.
         *
         * @param out rows x columns of f32
         */
        void values(Delta delta, MatrixView out);

        /**
         * Restores rows of a matrix from its packed delta: base + delta, added in fp32 and rounded
         * once to the type of {@code out}. The sums of the delta are those of docs/format.md,
         * section 5.
         *
         * @param row number of the first of these rows in the whole matrix
         * @param base rows of all columns
         * @param out as many rows
         * @return how many finite sums became infinite by rounding
         * @throws dev.deltapress.MalformedFileException if the bytes do not fit their masks
         */
        long restore(PackedMatrix packed, int row, MatrixView base, MatrixView out);

        /**
         * base + delta, added in fp32 and rounded once to the type of {@code out}.
         *
         * @return how many finite sums became infinite by rounding
         */
        long add(MatrixView base, Delta delta, MatrixView out);

        /**
         * How far a decoded delta is from the true one, before and after it is added to the base
         * and rounded to the type of the tuned matrix.
         *
         * @param truth what {@link #subtract} gave for the same tuned and base matrix, which have
         *     not changed since
         */
        default Measured measure(Delta truth, Delta decoded, MatrixView tuned, MatrixView base) {
            try (Arena arena = Arena.ofShared()) {
                MemorySegment memory = arena.allocate(tuned.data().byteSize(), 64);
                MatrixView restored =
                        new MatrixView(memory, tuned.dtype(), tuned.rows(), tuned.columns());
                long overflows = add(base, decoded, restored);
                return new Measured(compare(truth, decoded, tuned, restored), overflows);
            }
        }

        /** How far a decoded delta is from the true one, and a restored matrix from the tuned. */
        ErrorSums compare(Delta truth, Delta decoded, MatrixView tuned, MatrixView restored);

        @Override
        void close();
    }
}
