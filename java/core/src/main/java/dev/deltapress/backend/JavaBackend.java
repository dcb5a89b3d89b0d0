package dev.deltapress.backend;

import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.linalg.Kernels;
import dev.deltapress.linalg.Matrix;
import dev.deltapress.linalg.RankRule;
import dev.deltapress.linalg.Svd;
import dev.deltapress.linalg.TruncatedSvd;
import dev.deltapress.parallel.Team;
import dev.deltapress.tensor.Floats;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** The backend that runs everywhere and is the oracle for the others. */
public final class JavaBackend implements Backend {
    private final Kernels kernels;

    /** With the fastest kernels that this JVM can run. */
    public JavaBackend() {
        this(Team.alone());
    }

    /** The same, on the threads of a team. */
    public JavaBackend(Team team) {
        this(Kernels.best(team));
    }

    public JavaBackend(Kernels kernels) {
        this.kernels = kernels;
    }

    @Override
    public String name() {
        return "java";
    }

    @Override
    public Session open() {
        return new JavaSession(kernels);
    }

    private record HostDelta(Matrix matrix, long nonFinite, Arena arena) implements Delta {
        @Override
        public int rows() {
            return matrix.rows();
        }

        @Override
        public int columns() {
            return matrix.columns();
        }

        @Override
        public void close() {
            arena.close();
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

    private record JavaSession(Kernels kernels) implements Session {

        @Override
        public Delta subtract(MatrixView tuned, MatrixView base) {
            Arena arena = Arena.ofShared();
            Matrix delta = Matrix.allocate(arena, tuned.rows(), tuned.columns());
            long nonFinite = 0;
            for (long i = 0; i < tuned.elements(); i++) {
                float difference =
                        Floats.get(tuned.data(), tuned.dtype(), i)
                                - Floats.get(base.data(), base.dtype(), i);
                delta.data().setAtIndex(Matrix.LAYOUT, i, difference);
                nonFinite += Float.isFinite(difference) ? 0 : 1;
            }
            return new HostDelta(delta, nonFinite, arena);
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
            long written = block.pack(svd.ut(), svd.vt(), key, out);
            if (written != out.byteSize()) {
                throw new IllegalArgumentException(
                        "a block of %d bytes into %d".formatted(written, out.byteSize()));
            }
        }

        @Override
        public Delta unpack(
                MemorySegment packed, int rows, int columns, MaskKey key, String where) {
            FactorBlock block = FactorBlock.readHeader(packed, rows, columns, where);
            Arena arena = Arena.ofShared();
            Matrix delta = Matrix.allocate(arena, rows, columns);
            try (Arena scratch = Arena.ofShared()) {
                Matrix ut = Matrix.allocate(scratch, block.rank(), rows);
                Matrix vt = Matrix.allocate(scratch, block.rank(), columns);
                block.unpack(packed, key, ut, vt, where);
                kernels.multiply(ut, true, vt, false, delta);
            }
            return new HostDelta(delta, 0, arena);
        }

        @Override
        public long add(MatrixView base, Delta delta, MatrixView out) {
            MemorySegment added = matrix(delta).data();
            long overflows = 0;
            for (long i = 0; i < base.elements(); i++) {
                float sum =
                        Floats.get(base.data(), base.dtype(), i)
                                + added.getAtIndex(Matrix.LAYOUT, i);
                Floats.set(out.data(), out.dtype(), i, sum);
                float rounded = Floats.get(out.data(), out.dtype(), i);
                overflows += Float.isInfinite(rounded) && Float.isFinite(sum) ? 1 : 0;
            }
            return overflows;
        }

        @Override
        public ErrorSums compare(
                Delta truth, Delta decoded, MatrixView tuned, MatrixView restored) {
            MemorySegment expected = matrix(truth).data();
            MemorySegment found = matrix(decoded).data();
            double delta = 0;
            double error = 0;
            double restoredError = 0;
            for (long i = 0; i < tuned.elements(); i++) {
                double d = expected.getAtIndex(Matrix.LAYOUT, i);
                double e = found.getAtIndex(Matrix.LAYOUT, i) - d;
                double r =
                        (double) Floats.get(restored.data(), restored.dtype(), i)
                                - Floats.get(tuned.data(), tuned.dtype(), i);
                delta += d * d;
                error += e * e;
                restoredError += r * r;
            }
            return new ErrorSums(delta, error, restoredError);
        }

        @Override
        public void close() {}

        private static Matrix matrix(Delta delta) {
            return ((HostDelta) delta).matrix();
        }
    }
}
