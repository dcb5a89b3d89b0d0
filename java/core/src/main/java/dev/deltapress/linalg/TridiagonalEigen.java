package dev.deltapress.linalg;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Eigenvalues and eigenvectors of a symmetric tridiagonal matrix in fp64: values by the root-free
 * QL iteration, vectors by inverse iteration. Sources: Parlett, "The Symmetric Eigenvalue Problem",
 * sections 8.15 (root-free) and 4.2 (inverse iteration); Ipsen, "Computing an eigenvector with
 * inverse iteration", SIAM Review 39 (1997).
 *
 * <p>The matrix is cut where a coupling is no more than rounding, and each block is treated by
 * itself, so that vectors of different blocks are orthogonal whatever their values.
 */
final class TridiagonalEigen {

    private static final double U = 0x1p-53;

    /** Part of the norm within which vectors are orthogonalised one by one. */
    private static final double CLUSTER = 0x1p-26;

    private final double[] d;
    private final double[] e;
    private final double norm;

    /** Block of each value, before sorting; a block is named by its first row. */
    private final int[] block;

    private final int[] blockEnd;
    private final double[] values;
    private final int[] order;

    /**
     * Computes all eigenvalues.
     *
     * @param d diagonal, n elements
     * @param e element i couples i and i + 1; the last one is not read
     */
    TridiagonalEigen(double[] d, double[] e) {
        int n = d.length;
        this.d = d;
        this.e = e;
        double largest = 0;
        for (int i = 0; i < n; i++) {
            double sides = (i > 0 ? Math.abs(e[i - 1]) : 0) + (i < n - 1 ? Math.abs(e[i]) : 0);
            largest = Math.max(largest, Math.abs(d[i]) + sides);
        }
        this.norm = largest;
        this.block = new int[n];
        this.blockEnd = new int[n];
        this.values = new double[n];
        for (int first = 0; first < n; ) {
            int end = first + 1;
            while (end < n && Math.abs(e[end - 1]) > U * norm) {
                end++;
            }
            Arrays.fill(block, first, end, first);
            Arrays.fill(blockEnd, first, end, end);
            double[] found = RootFreeQl.eigenvalues(d, e, first, end, U * norm);
            System.arraycopy(found, 0, values, first, end - first);
            first = end;
        }
        this.order =
                IntStream.range(0, n)
                        .boxed()
                        .sorted(Comparator.comparingDouble(i -> -values[i]))
                        .mapToInt(i -> i)
                        .toArray();
    }

    /** All eigenvalues, descending. */
    double[] values() {
        return IntStream.of(order).mapToDouble(i -> values[i]).toArray();
    }

    /**
     * Eigenvectors of the {@code count} largest values, of unit length and, where values of one
     * block are further apart than {@link #CLUSTER} times the norm, orthogonal to about 2^-26;
     * where they are closer, orthogonal to rounding.
     *
     * @return count x n, row-major
     */
    double[] vectors(int count) {
        int n = d.length;
        double[] vectors = new double[Math.multiplyExact(count, n)];
        int[] members = new int[n]; // by block: vectors of its present cluster
        int[][] cluster = new int[n][];
        double[] last = new double[n];
        InverseIteration iteration = new InverseIteration(d, e, norm);
        for (int c = 0; c < count; c++) {
            int first = block[order[c]];
            double value = values[order[c]];
            if (cluster[first] == null || last[first] - value > CLUSTER * norm) {
                cluster[first] = new int[4];
                members[first] = 0;
            } else {
                // Equal shifts would give equal vectors.
                value = Math.min(value, last[first] - 2 * U * norm);
            }
            last[first] = value;
            iteration.solve(
                    first, blockEnd[first], value, vectors, n, c, cluster[first], members[first]);
            if (members[first] == cluster[first].length) {
                cluster[first] = Arrays.copyOf(cluster[first], 2 * members[first]);
            }
            cluster[first][members[first]++] = c;
        }
        return vectors;
    }
}
