package dev.deltapress.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deltapress.MalformedFileException;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.linalg.Matrix;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Floats;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;

/**
 * A base matrix with the packed delta of a random one, and what every backend must make of them.
 */
public final class ServedMatrix implements AutoCloseable {
    private static final MaskKey KEY = new MaskKey(3, 41);

    /** Unit roundoff of f32. */
    private static final double U = 0x1p-24;

    private final Arena arena = Arena.ofShared();
    private final MatrixView base;
    private final PackedMatrix packed;

    /** U' diag(s) gain and V', decoded by the reference. */
    private final Matrix ut;

    private final Matrix vt;

    /**
     * @param rank 0 for a zero delta
     * @param keep share of the entries that survive
     */
    public ServedMatrix(DType dtype, int rows, int columns, int rank, double keep) {
        Random random = new Random(rows * 31L + columns);
        MemorySegment data = arena.allocate((long) rows * columns * dtype.bits() / 8, 64);
        for (long i = 0; i < (long) rows * columns; i++) {
            Floats.set(data, dtype, i, (float) (0.05 * random.nextGaussian()));
        }
        base = new MatrixView(data, dtype, rows, columns);
        float[] s = new float[rank];
        long[] thresholds = new long[rank];
        for (int c = 0; c < rank; c++) {
            s[c] = 0.5f / (c + 1);
            thresholds[c] = Math.max(1, (long) (MaskKey.KEEP_ALL * keep));
        }
        FactorBlock block = new FactorBlock(rows, columns, 1, s, thresholds);
        MemorySegment bytes = arena.allocate(block.byteSize(KEY), 64);
        new JavaLoops()
                .pack(
                        block,
                        gaussian(random, rank, rows),
                        gaussian(random, rank, columns),
                        KEY,
                        bytes);
        packed = new PackedMatrix(bytes, rows, columns, KEY, "'served'");
        ut = Matrix.allocate(arena, rank, rows);
        vt = Matrix.allocate(arena, rank, columns);
        new JavaLoops().unpack(block, bytes, KEY, ut, vt, "'served'");
    }

    private Matrix gaussian(Random random, int rank, int entries) {
        Matrix factor = Matrix.allocate(arena, rank, entries);
        for (int c = 0; c < rank; c++) {
            for (int i = 0; i < entries; i++) {
                factor.set(c, i, (float) (random.nextGaussian() / Math.sqrt(entries)));
            }
        }
        return factor;
    }

    public PackedMatrix packed() {
        return packed;
    }

    public MatrixView base() {
        return base;
    }

    /** What rows {@code [from, to)} must be, one rounding after the other. */
    public MemorySegment restored(int from, int to, DType dtype) {
        MemorySegment out = arena.allocate((long) (to - from) * base.columns() * dtype.bits() / 8);
        for (int i = from; i < to; i++) {
            for (int j = 0; j < base.columns(); j++) {
                float sum = 0;
                for (int c = 0; c < ut.rows(); c++) {
                    sum = Math.fma(ut.get(c, i), vt.get(c, j), sum);
                }
                float before = Floats.get(base.data(), base.dtype(), at(i, j));
                Floats.set(out, dtype, at(i - from, j), before + sum);
            }
        }
        return out;
    }

    private long at(int row, int column) {
        return (long) row * base.columns() + column;
    }

    /** A session must restore exactly that, all at once and in part. */
    public void checkRestore(Session session, DType dtype) {
        int third = Math.ceilDiv(base.rows(), 3);
        int[][] ranges = {
            {0, base.rows()}, {0, 1}, {third, 2 * third}, {base.rows() - 1, base.rows()}
        };
        for (int[] range : ranges) {
            MemorySegment expected = restored(range[0], range[1], dtype);
            MemorySegment found = arena.allocate(expected.byteSize(), 64);
            MatrixView part = base.rowRange(range[0], range[1]);
            MatrixView out = new MatrixView(found, dtype, part.rows(), part.columns());

            assertThat(session.restore(packed, range[0], part, out)).isZero();
            assertThat(expected.mismatch(found)).as("rows " + Arrays.toString(range)).isEqualTo(-1);
        }
    }

    /**
     * A session that adds in an order of its own must come within a unit in the last place in all
     * but a thousandth of the entries, and for the others within what k products in f32 may err.
     */
    public void checkRestoreBut(Session session, DType dtype) {
        MemorySegment expected = restored(0, base.rows(), dtype);
        MemorySegment found = arena.allocate(expected.byteSize(), 64);
        session.restore(packed, 0, base, new MatrixView(found, dtype, base.rows(), base.columns()));
        long others = 0;
        for (int i = 0; i < base.rows(); i++) {
            for (int j = 0; j < base.columns(); j++) {
                float want = Floats.get(expected, dtype, at(i, j));
                float have = Floats.get(found, dtype, at(i, j));
                double unit =
                        Math.ulp(want)
                                * (dtype == DType.BF16 ? 0x1p16 : dtype == DType.F16 ? 0x1p13 : 1);
                if (Math.abs((double) have - want) <= unit) {
                    continue;
                }
                others++;
                double size = Math.abs(Floats.get(base.data(), base.dtype(), at(i, j)));
                for (int c = 0; c < ut.rows(); c++) {
                    size += Math.abs((double) ut.get(c, i) * vt.get(c, j));
                }
                assertThat(Math.abs((double) have - want))
                        .isLessThanOrEqualTo(unit + 2 * (ut.rows() + 1) * U * size);
            }
        }
        assertThat(others).isLessThanOrEqualTo((long) base.rows() * base.columns() / 1000);
    }

    /** Applying must be restoring and multiplying, but for roundings. */
    public void checkApply(Backend backend, int batch, boolean withBase) {
        float[] x = new float[batch * base.columns()];
        Random random = new Random(batch);
        for (int j = 0; j < x.length; j++) {
            x[j] = (float) random.nextGaussian();
        }
        float[] y = new float[batch * base.rows()];
        try (Weights weights = backend.weights(base);
                DeltaOperator operator = backend.operator(packed);
                Arena scratch = Arena.ofShared()) {
            MemorySegment in = scratch.allocateFrom(ValueLayout.JAVA_FLOAT, x);
            MemorySegment out = scratch.allocate(4L * y.length, 4);
            // What was there before must not matter.
            out.fill((byte) 0xFF);
            operator.apply(withBase ? weights : null, in, batch, out);
            MemorySegment.copy(out, ValueLayout.JAVA_FLOAT, 0, y, 0, y.length);
            assertThat(operator.rank()).isEqualTo(ut.rows());
        }
        for (int b = 0; b < batch; b++) {
            checkVector(x, b, y, withBase);
        }
    }

    /**
     * Each sum of k products in f32 errs by at most (k + 1) u times the sum of magnitudes, in
     * whatever order (Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 3.1).
     */
    private void checkVector(float[] x, int vector, float[] y, boolean withBase) {
        int columns = base.columns();
        int rank = ut.rows();
        double[] parts = new double[rank];
        double[] magnitudes = new double[rank];
        for (int c = 0; c < rank; c++) {
            for (int j = 0; j < columns; j++) {
                double term = (double) vt.get(c, j) * x[vector * columns + j];
                parts[c] += term;
                magnitudes[c] += Math.abs(term);
            }
        }
        for (int i = 0; i < base.rows(); i++) {
            double sum = 0;
            double size = 0;
            for (int j = 0; withBase && j < columns; j++) {
                double term =
                        (double) Floats.get(base.data(), base.dtype(), at(i, j))
                                * x[vector * columns + j];
                sum += term;
                size += Math.abs(term);
            }
            for (int c = 0; c < rank; c++) {
                sum += ut.get(c, i) * parts[c];
                size += Math.abs(ut.get(c, i)) * magnitudes[c];
            }
            double bound = 1.01 * (columns + rank + 3) * U * size;
            assertThat(Math.abs(y[vector * base.rows() + i] - sum))
                    .as("element %d of result %d, %s", i, vector, sum)
                    .isLessThanOrEqualTo(bound);
        }
    }

    /** A block that lacks its last byte, or has one more, must be refused with its place. */
    public void checkDamage(Session session, Backend backend) {
        MatrixView out =
                new MatrixView(
                        arena.allocate(base.data().byteSize()),
                        base.dtype(),
                        base.rows(),
                        base.columns());
        long size = packed.bytes().byteSize();
        MemorySegment longer = arena.allocate(size + 1);
        longer.asSlice(0, size).copyFrom(packed.bytes());
        for (MemorySegment bytes : new MemorySegment[] {longer, longer.asSlice(0, size - 1)}) {
            PackedMatrix damaged =
                    new PackedMatrix(bytes, base.rows(), base.columns(), KEY, "'served'");
            requireRefused(() -> session.restore(damaged, 0, base, out));
            requireRefused(() -> session.unpack(damaged));
            requireRefused(() -> backend.operator(damaged));
        }
    }

    private static void requireRefused(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("'served': byte ");
    }

    @Override
    public void close() {
        arena.close();
    }
}
