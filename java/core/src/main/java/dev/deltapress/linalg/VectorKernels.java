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

    /** The stripes of a sum must fill whole vectors. */
    private static final int MAX_BITS = STRIPES_F64 * Double.SIZE;

    static final VectorShape SHAPE =
            VectorShape.forBitSize(
                    Integer.getInteger(
                            WIDTH_PROPERTY,
                            Math.min(MAX_BITS, VectorShape.preferredShape().vectorBitSize())));

    private static final VectorSpecies<Double> LANES = SHAPE.withLanes(double.class);

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
        VectorProduct.multiply(team, left, right, c, false);
    }

    @Override
    public void subtractProduct(
            Matrix a, boolean transposeA, Matrix b, boolean transposeB, Matrix c) {
        Operand left = new Operand(a, transposeA);
        Operand right = new Operand(b, transposeB);
        left.requireProduct(right, c);
        VectorProduct.multiply(team, left, right, c, true);
    }

    @Override
    public SparseProduct sparseProduct(Matrix at, Matrix b) {
        return new VectorSparseProduct(team, at, b);
    }

    @Override
    public void innerProducts(Matrix a, Matrix b, Matrix c) {
        new Operand(a, false).requireProduct(new Operand(b, true), c);
        InnerProducts.forEach(team, a, b, c::set);
    }

    @Override
    public void wideInnerProducts(Matrix a, Matrix b, double[] c, int from, int stride) {
        WideInnerProducts.forEach(team, a, b, (i, j, value) -> c[from + stride * i + j] = value);
    }

    @Override
    public double dot(double[] x, int xFrom, double[] y, int yFrom, int length) {
        double[] stripes = new double[STRIPES_F64];
        int whole = length - length % STRIPES_F64;
        for (int slice = 0; slice < STRIPES_F64; slice += LANES.length()) {
            DoubleVector sum = DoubleVector.zero(LANES);
            for (int i = slice; i < whole; i += STRIPES_F64) {
                sum = load(x, xFrom + i).fma(load(y, yFrom + i), sum);
            }
            sum.intoArray(stripes, slice);
        }
        for (int i = whole; i < length; i++) {
            stripes[i - whole] = Math.fma(x[xFrom + i], y[yFrom + i], stripes[i - whole]);
        }
        return Kernels.sumOf8(stripes, 0);
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
    public void reduceRows(
            double[] a, int n, int before, double[] w, int next, double[] sums, int from, int to) {
        VectorReduction.reduceRows(a, n, before, w, next, sums, from, to);
    }

    @Override
    public Team team() {
        return team;
    }

    private static DoubleVector load(double[] x, int from) {
        return DoubleVector.fromArray(LANES, x, from);
    }

    @Override
    public String toString() {
        return "vector, " + SHAPE.vectorBitSize() + " bits";
    }
}
