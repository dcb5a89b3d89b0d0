package dev.deltapress.linalg;

import dev.deltapress.parallel.Team;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
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

    /** Clusters that share work space. */
    private static final int STEP = 16;

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
     * where they are closer, to rounding.
     *
     * @param vectors n x count, zero; receives vector c in its column c
     */
    void vectors(Team team, Matrix vectors) {
        List<Cluster> clusters = clusters(vectors.columns());
        team.forEach(
                Math.ceilDiv(clusters.size(), STEP),
                step -> {
                    var iteration = new InverseIteration(d, e, norm);
                    int first = step * STEP;
                    int end = Math.min(clusters.size(), first + STEP);
                    for (Cluster cluster : clusters.subList(first, end)) {
                        solve(cluster, iteration, vectors);
                    }
                });
    }

    /** Neighbouring values of one block, by their place in the order. */
    private record Cluster(int block, List<Integer> members) {}

    private List<Cluster> clusters(int count) {
        List<Cluster> clusters = new ArrayList<>();
        Cluster[] latest = new Cluster[d.length]; // by block
        for (int c = 0; c < count; c++) {
            int home = block[order[c]];
            Cluster cluster = latest[home];
            if (cluster == null || value(cluster.members().getLast()) - value(c) > CLUSTER * norm) {
                cluster = new Cluster(home, new ArrayList<>());
                latest[home] = cluster;
                clusters.add(cluster);
            }
            cluster.members().add(c);
        }
        return clusters;
    }

    private double value(int c) {
        return values[order[c]];
    }

    private void solve(Cluster cluster, InverseIteration iteration, Matrix vectors) {
        List<double[]> found = new ArrayList<>();
        double above = Double.POSITIVE_INFINITY;
        for (int c : cluster.members()) {
            // Equal shifts would give equal vectors.
            above = Math.min(value(c), above - 2 * U * norm);
            int first = cluster.block();
            double[] vector = iteration.solve(first, blockEnd[first], above, c, found);
            for (int i = 0; i < vector.length; i++) {
                vectors.set(first + i, c, (float) vector[i]);
            }
            found.add(vector);
        }
    }
}
