package dev.deltapress.backend;

import dev.deltapress.backend.MatrixPool.Pooled;
import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.linalg.DiagonalFit;
import dev.deltapress.linalg.Kernels;
import dev.deltapress.linalg.LeftFit;
import dev.deltapress.linalg.Matrix;
import dev.deltapress.linalg.RankRule;
import dev.deltapress.linalg.Svd;
import dev.deltapress.linalg.TruncatedSvd;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Elements;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A backend on the processor: matrices lie in this computer's memory, {@link Kernels} do the linear
 * algebra and {@link HostLoops} the rest.
 */
public class HostBackend implements Backend {
    /** Ranks of factors are rounded up to a multiple of it. */
    private static final int SPARE_VECTORS = 16;

    private final String name;
    private final Kernels kernels;
    private final HostLoops loops;
    private final PieceLoop pieces;
    private final MatrixPool pool = new MatrixPool();

    /** The loops run on the team of the kernels, and are closed with the backend. */
    public HostBackend(String name, Kernels kernels, HostLoops loops) {
        this.name = name;
        this.kernels = kernels;
        this.loops = loops;
        this.pieces = new PieceLoop(kernels.team());
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Weights weights(MatrixView base) {
        return new HostOperator.HostWeights(base);
    }

    @Override
    public DeltaOperator operator(PackedMatrix packed) {
        return new HostOperator(kernels, loops, packed);
    }

    @Override
    public Session open() {
        return new HostSession(kernels, loops, pieces, pool);
    }

    @Override
    public long idleBytes() {
        return pool.idleBytes();
    }

    @Override
    public void freeIdle() {
        pool.freeIdle();
    }

    @Override
    public void close() {
        pool.close();
        loops.close();
    }

    private static final class HostDelta implements Delta {
        private final Matrix matrix;
        private final long nonFinite;
        private final MatrixPool pool;
        private @Nullable Pooled pooled;

        HostDelta(Pooled pooled, long nonFinite, MatrixPool pool) {
            this.matrix = pooled.matrix();
            this.nonFinite = nonFinite;
            this.pool = pool;
            this.pooled = pooled;
        }

        @Override
        public int rows() {
            return matrix.rows();
        }

        @Override
        public int columns() {
            return matrix.columns();
        }

        @Override
        public long nonFinite() {
            return nonFinite;
        }

        Matrix matrix() {
            if (pooled == null) {
                throw new IllegalStateException("closed");
            }
            return matrix;
        }

        @Override
        public void close() {
            if (pooled != null) {
                pool.give(pooled);
                pooled = null;
            }
        }
    }

    private record HostFactors(Svd svd, Arena arena) implements Factors {
        @Override
        public int rank() {
            return svd.s().length;
        }

        @Override
        public float[] singularValues() {
            return Arrays.copyOf(svd.s(), rank());
        }

        @Override
        public void close() {
            arena.close();
        }
    }

    private record HostSession(Kernels kernels, HostLoops loops, PieceLoop pieces, MatrixPool pool)
            implements Session {

        @Override
        public Delta subtract(MatrixView tuned, MatrixView base) {
            Pooled delta = pool.take(tuned.rows(), tuned.columns());
            Elements out = elements(delta.matrix());
            long nonFinite = pieces.sum(loops::subtract, tuned.elements(), base.elements(), out);
            return new HostDelta(delta, nonFinite, pool);
        }

        @Override
        public Factors factorise(Delta delta, RankRule rank) {
            Arena arena = Arena.ofShared();
            Svd svd = new TruncatedSvd(kernels).compute(arena, matrix(delta), rank);
            return new HostFactors(svd, arena);
        }

        @Override
        public void pack(Factors factors, FactorBlock block, MaskKey key, MemorySegment out) {
            Svd svd = ((HostFactors) factors).svd();
            loops.pack(block, svd.ut(), svd.vt(), key, out);
        }

        @Override
        public double[] fitMultipliers(Delta delta, PackedMatrix packed) {
            FactorBlock block = packed.header().withoutMultipliers();
            int rank = block.rank();
            try (Arena scratch = Arena.ofShared()) {
                Matrix ut = Matrix.allocate(scratch, rank, delta.rows());
                Matrix vt = Matrix.allocate(scratch, rank, delta.columns());
                loops.unpack(block, packed.bytes(), packed.key(), ut, vt, packed.where());
                Matrix product = Matrix.allocate(scratch, rank, delta.columns());
                kernels.multiply(ut, false, matrix(delta), false, product);
                return DiagonalFit.solve(
                        kernels, gram(ut), gram(vt), DiagonalFit.rowProducts(kernels, product, vt));
            }
        }

        @Override
        public Factors refitLeft(Delta delta, Factors factors, PackedMatrix packed) {
            FactorBlock block = packed.header().withoutMultipliers();
            int rank = block.rank();
            Svd svd = ((HostFactors) factors).svd();
            Arena arena = Arena.ofShared();
            try (Arena scratch = Arena.ofShared()) {
                Matrix ut = Matrix.allocate(arena, rank, delta.rows());
                Matrix vt = Matrix.allocate(scratch, rank, delta.columns());
                loops.unpack(block, packed.bytes(), packed.key(), ut, vt, packed.where());
                float[] s = LeftFit.solve(kernels, matrix(delta), vt, ut);
                Svd refitted = new Svd(ut, s, svd.vt().rowRange(0, rank), svd.residual());
                return new HostFactors(refitted, arena);
            } catch (RuntimeException | Error e) {
                arena.close();
                throw e;
            }
        }

        private double[] gram(Matrix factor) {
            double[] gram = new double[factor.rows() * factor.rows()];
            kernels.wideInnerProducts(factor, factor, gram, 0, factor.rows());
            return gram;
        }

        @Override
        public Delta unpack(PackedMatrix packed) {
            FactorBlock block = packed.header();
            try (Arena scratch = Arena.ofShared()) {
                Matrix ut = Matrix.allocate(scratch, block.rank(), block.rows());
                Matrix vt = Matrix.allocate(scratch, block.rank(), block.columns());
                loops.unpack(block, packed.bytes(), packed.key(), ut, vt, packed.where());
                Pooled delta = pool.take(block.rows(), block.columns());
                kernels.multiply(ut, true, vt, false, delta.matrix());
                return new HostDelta(delta, 0, pool);
            }
        }

        @Override
        public Delta delta(MatrixView values) {
            Pooled delta = pool.take(values.rows(), values.columns());
            delta.matrix().data().copyFrom(values.data());
            return new HostDelta(delta, 0, pool);
        }

        @Override
        public void values(Delta delta, MatrixView out) {
            out.data().copyFrom(matrix(delta).data());
        }

        @Override
        public long restore(PackedMatrix packed, int row, MatrixView base, MatrixView out) {
            packed.requireRows(row, base);
            packed.requireRows(row, out);
            FactorBlock block = packed.header();
            Pooled left = takeFactor(block.rank(), packed.rows());
            Pooled right = takeFactor(block.rank(), packed.columns());
            try {
                Matrix ut = left.matrix().rowRange(0, block.rank());
                Matrix vt = right.matrix().rowRange(0, block.rank());
                loops.unpack(block, packed.bytes(), packed.key(), ut, vt, packed.where());
                return pieces.rows(loops.rowAdder(kernels, ut, vt), row, base, out);
            } finally {
                pool.give(left);
                pool.give(right);
            }
        }

        /** With a few vectors more than needed, so that the next matrix can use it too. */
        private Pooled takeFactor(int rank, int entries) {
            return pool.take(Math.ceilDiv(rank, SPARE_VECTORS) * SPARE_VECTORS, entries);
        }

        @Override
        public long add(MatrixView base, Delta delta, MatrixView out) {
            return pieces.sum(loops::add, base.elements(), elements(matrix(delta)), out.elements());
        }

        @Override
        public ErrorSums compare(
                Delta truth, Delta decoded, MatrixView tuned, MatrixView restored) {
            return pieces.errors(
                    loops,
                    elements(matrix(truth)),
                    elements(matrix(decoded)),
                    tuned.elements(),
                    restored.elements());
        }

        @Override
        public void close() {}

        private static Matrix matrix(Delta delta) {
            return ((HostDelta) delta).matrix();
        }

        private static Elements elements(Matrix matrix) {
            return new Elements(matrix.data(), DType.F32);
        }
    }
}
