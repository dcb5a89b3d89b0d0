package dev.deltapress.cuda.gpu;

import dev.deltapress.backend.Backend;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.backend.DeltaOperator;
import dev.deltapress.backend.MatrixView;
import dev.deltapress.backend.Weights;
import dev.deltapress.bench.CounterGaussian;
import dev.deltapress.cuda.ServingProbe;
import dev.deltapress.delta.FactorBlock;
import dev.deltapress.linalg.Matrix;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Floats;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Lets both backends restore a matrix, and the cuda backend multiply it by vectors. */
final class ServingComparison implements AutoCloseable {
    /** Unit roundoff of f32. */
    private static final double U = 0x1p-24;

    /** Share of 16-bit elements that another order of additions may move further. */
    private static final double OTHERS = 1e-3;

    private final ServingCase wanted;
    private final Backend cuda;
    private final Backend java;
    private final Findings findings = new Findings();
    private final Arena arena = Arena.ofShared();
    private final Served served;

    /** U' diag(s) gain and V', decoded on the host. */
    private final Matrix ut;

    private final Matrix vt;

    ServingComparison(ServingCase wanted, Backend cuda, Backend java) {
        this.wanted = wanted;
        this.cuda = cuda;
        this.java = java;
        this.served =
                Served.random(
                        arena,
                        wanted.dtype(),
                        wanted.rows(),
                        wanted.columns(),
                        wanted.rank(),
                        wanted.keep());
        this.ut = Matrix.allocate(arena, wanted.rank(), wanted.rows());
        this.vt = Matrix.allocate(arena, wanted.rank(), wanted.columns());
        FactorBlock block = served.packed().header();
        block.unpack(served.packed().bytes(), served.packed().key(), ut, vt, "here");
    }

    /** What is found; an exception is a failure like any other. */
    Findings run() {
        try (Session ours = cuda.open();
                Session theirs = java.open()) {
            int rows = wanted.rows();
            int third = rows / 3;
            for (DType dtype : new DType[] {DType.F32, DType.F16, DType.BF16}) {
                compareRestored(ours, theirs, dtype, 0, rows);
                compareRestored(ours, theirs, dtype, third, 2 * third);
                compareRestored(ours, theirs, dtype, rows - 1, rows);
            }
            for (int batch : new int[] {1, 16}) {
                compareApplied(batch);
            }
        } catch (RuntimeException e) {
            findings.fail(e.toString());
        }
        return findings;
    }

    private void compareRestored(Session ours, Session theirs, DType dtype, int from, int to) {
        String name = "restored %s, rows %d to %d".formatted(dtype, from, to);
        try (Arena memory = Arena.ofShared()) {
            MatrixView found = WeightPair.empty(memory, to - from, wanted.columns(), dtype);
            MatrixView right = WeightPair.empty(memory, to - from, wanted.columns(), dtype);
            MatrixView part = served.base().rowRange(from, to);
            long overflows = ours.restore(served.packed(), from, part, found);
            overflows += theirs.restore(served.packed(), from, part, right);
            findings.expect(name + ": overflows", (double) overflows, 0);
            boolean sparse = dtype != DType.F32 && wanted.keep() < ServingProbe.SPARSE_SHARE;
            if (sparse && to - from == wanted.rows()) {
                compareNearly(name, found, right);
                return;
            }
            long at = found.data().mismatch(right.data());
            if (at >= 0) {
                findings.fail(
                        "%s: byte %d of %d differs".formatted(name, at, found.data().byteSize()));
            }
        }
    }

    /** Whole matrices of 16 bits whose sums have another order. */
    private void compareNearly(String name, MatrixView found, MatrixView right) {
        long others = 0;
        double worst = 0;
        for (int i = 0; i < found.rows(); i++) {
            for (int j = 0; j < found.columns(); j++) {
                long at = (long) i * found.columns() + j;
                if (Math.abs(ordered(found, at) - ordered(right, at)) > 1) {
                    others++;
                    worst = Math.max(worst, ofBound(found, right, i, j));
                }
            }
        }
        long elements = (long) found.rows() * found.columns();
        findings.expect(name + ": further than a unit", (double) others / elements, OTHERS);
        findings.expect(name + ": worst of these over its bound", worst, 1);
    }

    /** A 16-bit number's place among all. */
    private static int ordered(MatrixView matrix, long at) {
        short bits = matrix.data().getAtIndex(Floats.WORD16, at);
        return bits < 0 ? -(bits & 0x7FFF) : bits;
    }

    /**
     * Two sums of k products in f32 and a base err by at most (k + 1) u times the sum of magnitudes
     * each; rounding moves both by half a unit at most.
     */
    private double ofBound(MatrixView found, MatrixView right, int i, int j) {
        long at = (long) i * found.columns() + j;
        float have = Floats.get(found.data(), found.dtype(), at);
        float want = Floats.get(right.data(), right.dtype(), at);
        double size = Math.abs(Floats.get(served.base().data(), wanted.dtype(), at));
        for (int c = 0; c < ut.rows(); c++) {
            size += Math.abs((double) ut.get(c, i) * vt.get(c, j));
        }
        double unit = Math.ulp(want) * (found.dtype() == DType.BF16 ? 0x1p16 : 0x1p13);
        double bound = unit + 2 * (ut.rows() + 1) * U * size;
        return Math.abs((double) have - want) / bound;
    }

    private void compareApplied(int batch) {
        int columns = wanted.columns();
        float[] x = new float[batch * columns];
        CounterGaussian.fill(CounterGaussian.key(batch, "x"), 0, 1, x, x.length);
        try (Weights weights = cuda.weights(served.base());
                DeltaOperator operator = cuda.operator(served.packed());
                Arena memory = Arena.ofShared()) {
            MemorySegment in = memory.allocateFrom(ValueLayout.JAVA_FLOAT, x);
            MemorySegment out =
                    memory.allocate(ValueLayout.JAVA_FLOAT, (long) batch * wanted.rows());
            for (boolean withBase : new boolean[] {true, false}) {
                // What was there before must not matter.
                out.fill((byte) 0xFF);
                operator.apply(withBase ? weights : null, in, batch, out);
                float[] y = out.toArray(ValueLayout.JAVA_FLOAT);
                String name = "applied to %d%s".formatted(batch, withBase ? "" : " without base");
                double worst = 0;
                for (int vector = 0; vector < batch; vector++) {
                    worst = Math.max(worst, ofBound(x, y, vector, withBase));
                }
                findings.expect(name + ", over its bound", worst, 1);
            }
        }
    }

    /**
     * The largest error over its bound of a result. Each sum of k products in f32 errs by at most
     * (k + 1) u times the sum of magnitudes, in whatever order (Higham, Accuracy and Stability of
     * Numerical Algorithms, 2002, section 3.1).
     */
    private double ofBound(float[] x, float[] y, int vector, boolean withBase) {
        int columns = wanted.columns();
        double[] parts = new double[wanted.rank()];
        double[] magnitudes = new double[wanted.rank()];
        for (int c = 0; c < parts.length; c++) {
            for (int j = 0; j < columns; j++) {
                double term = (double) vt.get(c, j) * x[vector * columns + j];
                parts[c] += term;
                magnitudes[c] += Math.abs(term);
            }
        }
        double worst = 0;
        for (int i = 0; i < wanted.rows(); i++) {
            double sum = 0;
            double size = 0;
            for (int j = 0; withBase && j < columns; j++) {
                long at = (long) i * columns + j;
                double weight = Floats.get(served.base().data(), wanted.dtype(), at);
                double term = weight * x[vector * columns + j];
                sum += term;
                size += Math.abs(term);
            }
            for (int c = 0; c < parts.length; c++) {
                sum += ut.get(c, i) * parts[c];
                size += Math.abs(ut.get(c, i)) * magnitudes[c];
            }
            double error = Math.abs(y[vector * wanted.rows() + i] - sum);
            double bound = 1.01 * (columns + wanted.rank() + 3) * U * size;
            worst = Math.max(worst, error == 0 ? 0 : error / bound);
        }
        return worst;
    }

    @Override
    public void close() {
        arena.close();
    }
}
