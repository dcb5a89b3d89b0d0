package dev.deltapress.linalg;

import dev.deltapress.parallel.Team;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Vector API twins of {@link ScalarKernels}, equal bit for bit.
 *
 * <p>The width is a constant of the class, because C2 turns vectors into instructions only where
 * their species is a constant (as a field of an instance it costs a factor of 40). Tests load the
 * class once per width.
 */
final class VectorKernels implements Kernels {

    /** System property: vector width in bits, 128, 256 or 512, instead of the machine's own. */
    static final String WIDTH_PROPERTY = "dev.deltapress.vectorBits";

    /** A quarter of the stripes of a dot product must fill whole vectors. */
    private static final int MAX_BITS = STRIPES / 4 * Double.SIZE;

    static final VectorShape SHAPE =
            VectorShape.forBitSize(
                    Integer.getInteger(
                            WIDTH_PROPERTY,
                            Math.min(MAX_BITS, VectorShape.preferredShape().vectorBitSize())));

    private static final VectorSpecies<Double> LANES = SHAPE.withLanes(double.class);

    /** Vectors in flight, so that the next fused multiply-add need not wait for the last. */
    private static final int UNROLL = 4;

    private static final int STEP = UNROLL * LANES.length();

    private final Team team;

    VectorKernels() {
        this(Team.alone());
    }

    VectorKernels(Team team) {
        this.team = team;
    }

    @Override
    public void multiply(Matrix a, boolean transposeA, Matrix b, boolean transposeB, Matrix c) {
        Operand left = new Operand(a, transposeA);
        Operand right = new Operand(b, transposeB);
        left.requireProduct(right, c);
        VectorProduct.multiply(team, left, right, c);
    }

    @Override
    public double dot(double[] x, int xFrom, double[] y, int yFrom, int length) {
        double[] stripes = new double[STRIPES];
        int end = length - length % STRIPES;
        if (end > 0) {
            for (int j = 0; j < STRIPES; j += STEP) {
                dotStripes(x, xFrom, y, yFrom, j, end, stripes);
            }
        }
        for (int i = end; i < length; i++) {
            stripes[i - end] = Math.fma(x[xFrom + i], y[yFrom + i], stripes[i - end]);
        }
        return Kernels.sumOfStripes(stripes);
    }

    /** The stripes from j on that four vectors hold. */
    private static void dotStripes(
            double[] x, int xFrom, double[] y, int yFrom, int j, int end, double[] stripes) {
        int n = LANES.length();
        DoubleVector sum0 = DoubleVector.zero(LANES);
        DoubleVector sum1 = sum0;
        DoubleVector sum2 = sum0;
        DoubleVector sum3 = sum0;
        for (int i = j; i < end; i += STRIPES) {
            sum0 = load(x, xFrom + i).fma(load(y, yFrom + i), sum0);
            sum1 = load(x, xFrom + i + n).fma(load(y, yFrom + i + n), sum1);
            sum2 = load(x, xFrom + i + 2 * n).fma(load(y, yFrom + i + 2 * n), sum2);
            sum3 = load(x, xFrom + i + 3 * n).fma(load(y, yFrom + i + 3 * n), sum3);
        }
        sum0.intoArray(stripes, j);
        sum1.intoArray(stripes, j + n);
        sum2.intoArray(stripes, j + 2 * n);
        sum3.intoArray(stripes, j + 3 * n);
    }

    @Override
    public void axpy(double alpha, double[] x, int xFrom, double[] y, int yFrom, int length) {
        DoubleVector factor = DoubleVector.broadcast(LANES, alpha);
        int i = 0;
        for (int end = LANES.loopBound(length); i < end; i += LANES.length()) {
            factor.fma(load(x, xFrom + i), load(y, yFrom + i)).intoArray(y, yFrom + i);
        }
        for (; i < length; i++) {
            y[yFrom + i] = Math.fma(alpha, x[xFrom + i], y[yFrom + i]);
        }
    }

    @Override
    public void rotateRows(double[] strip, RotationSweep sweep) {
        for (int column = 0; column < STRIP; column += STEP) {
            rotateColumns(strip, column, sweep);
        }
    }

    /** Four vectors of columns; the row that two rotations share stays in registers. */
    private static void rotateColumns(double[] z, int column, RotationSweep sweep) {
        double[] cosines = sweep.cosines();
        double[] sines = sweep.sines();
        int n = LANES.length();
        int row = sweep.bottomRow() * STRIP + column;
        DoubleVector shared0 = load(z, row);
        DoubleVector shared1 = load(z, row + n);
        DoubleVector shared2 = load(z, row + 2 * n);
        DoubleVector shared3 = load(z, row + 3 * n);
        for (int t = sweep.from(), end = t + sweep.count(); t < end; t++) {
            DoubleVector c = DoubleVector.broadcast(LANES, cosines[t]);
            DoubleVector s = DoubleVector.broadcast(LANES, sines[t]);
            int upper = row - STRIP;
            DoubleVector upper0 = load(z, upper);
            DoubleVector upper1 = load(z, upper + n);
            DoubleVector upper2 = load(z, upper + 2 * n);
            DoubleVector upper3 = load(z, upper + 3 * n);
            s.fma(upper0, c.mul(shared0)).intoArray(z, row);
            s.fma(upper1, c.mul(shared1)).intoArray(z, row + n);
            s.fma(upper2, c.mul(shared2)).intoArray(z, row + 2 * n);
            s.fma(upper3, c.mul(shared3)).intoArray(z, row + 3 * n);
            shared0 = c.fma(upper0, s.mul(shared0).neg());
            shared1 = c.fma(upper1, s.mul(shared1).neg());
            shared2 = c.fma(upper2, s.mul(shared2).neg());
            shared3 = c.fma(upper3, s.mul(shared3).neg());
            row = upper;
        }
        shared0.intoArray(z, row);
        shared1.intoArray(z, row + n);
        shared2.intoArray(z, row + 2 * n);
        shared3.intoArray(z, row + 3 * n);
    }

    private static DoubleVector load(double[] x, int from) {
        return DoubleVector.fromArray(LANES, x, from);
    }

    @Override
    public String toString() {
        return "vector, " + SHAPE.vectorBitSize() + " bits";
    }
}
